using Bunit;
using EventDriven.Dashboard.Access;
using EventDriven.Dashboard.Components.Pages;
using EventDriven.Dashboard.Experiments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Tests.Experiments;

public sealed class ExperimentsTests : BunitContext
{
    private const string List = """[{"name":"poison","title":"One bad message","story":"A message fails.","claims":[{"says":"Order is kept","line":"exactly 0 messages"},{"says":"Nobody waits","line":"exactly 0 messages"}]}]""";

    private readonly Scripted _program = new();
    private readonly Laboratory _laboratory;

    public ExperimentsTests()
    {
        _laboratory = new(_program, new Machine("Development"), TimeProvider.System);
        Services.AddSingleton(_laboratory).AddScoped<Visitor>();
        var visitor = this.AddAuthorization().SetAuthorized("somebody");
        visitor.SetPolicies(Roles.Operate);
        visitor.SetRoles(Roles.View, Roles.Operate);
        visitor.SetClaims(new System.Security.Claims.Claim(System.Security.Claims.ClaimTypes.NameIdentifier, "account-1"));
    }

    [Fact]
    public void A_run_shows_how_far_it_is_then_its_picture_then_its_verdicts()
    {
        var page = Open();
        page.Find("[data-testid='run-short']").Click();
        _program.Tell("""{"kind":"says","text":"800 messages"}""", """{"kind":"sees","svg":"<svg id=\"so-far\"></svg>"}""");
        page.WaitForElement("#so-far");
        Assert.Contains("800 messages", page.Find("[data-testid='run-state']").TextContent, StringComparison.Ordinal);
        Assert.Equal(["run", "poison", "--follow", "--short"], _program.Arguments.Where(argument => argument != "--out" && !Path.IsPathRooted(argument)));

        _program.Tell("""
            {"kind":"ends","text":"3 s, on 2 processors","svg":"<svg id=\"whole\"></svg>","notes":["It was so."],"verdicts":[{"says":"Order is kept","line":"exactly 0 messages","measured":"0 messages","held":true},{"says":"Nobody waits","line":"exactly 0 messages","measured":"4 messages","held":false}]}
            """);
        _program.End(0);
        page.WaitForElement("#whole");
        Assert.Equal("ended", page.Find("[data-testid='run-state']").GetAttribute("data-state"));
        Assert.Equal(["held", "did not hold"], page.FindAll("[data-label='Verdict']").Select(cell => cell.TextContent));
    }

    [Fact]
    public void A_program_that_ends_without_a_result_has_crashed_and_what_it_said_last_is_shown()
    {
        var page = Open();
        page.Find("[data-testid='run']").Click();
        _program.Tell("error CS1002: ; expected");
        _program.End(1);

        page.WaitForState(() => page.Find("[data-testid='run-state']").GetAttribute("data-state") == "crashed");
        Assert.Contains("CS1002", page.Find("[data-testid='outcome']").TextContent, StringComparison.Ordinal);
        Assert.NotNull(page.Find("[data-testid='run']"));
    }

    [Fact]
    public void What_is_stopped_is_waited_for()
    {
        var page = Open();
        page.Find("[data-testid='run']").Click();
        page.WaitForElement("[data-testid='stop']").Click();

        page.WaitForState(() => page.Find("[data-testid='run-state']").GetAttribute("data-state") == "stopped");
        Assert.Null(_laboratory.Current);
    }

    [Fact]
    public async Task One_runs_at_a_time()
    {
        Assert.True(_laboratory.Start("poison", isShort: true));
        Assert.False(_laboratory.Start("coupling", isShort: true));
        await _laboratory.Stop();
        Assert.True(_laboratory.Start("coupling", isShort: true));
        await _laboratory.Stop();
    }

    [Fact]
    public async Task Outside_Development_they_do_not_start()
    {
        using var elsewhere = new Laboratory(_program, new Machine("Production"), TimeProvider.System);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => elsewhere.StartAsync(Xunit.TestContext.Current.CancellationToken));
        Assert.Contains("Experiments__Project", refused.Message, StringComparison.Ordinal);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await _laboratory.Stop();
        _laboratory.Dispose();
        await base.DisposeAsyncCore();
    }

    private IRenderedComponent<ExperimentPage> Open()
    {
        var page = Render<ExperimentPage>(p => p.Add(one => one.Name, "poison"));
        page.WaitForElement("[data-testid='run']");
        return page;
    }

    /// <summary>Says what a test has it say.</summary>
    private sealed class Scripted() : ExperimentProgram(Options.Create(new ExperimentsOptions { Project = "here" }))
    {
        private Action<string> _hear = static _ => { };
        private TaskCompletionSource<int> _ends = new();

        public IReadOnlyList<string> Arguments { get; private set; } = [];

        public void Tell(params string[] lines) => Array.ForEach(lines, line => _hear(line.Trim()));

        public void End(int code) => _ends.SetResult(code);

        public override Task<int> Run(IReadOnlyList<string> arguments, Action<string> hear, CancellationToken ct)
        {
            if (arguments[0] == "list")
            {
                hear(List);
                return Task.FromResult(0);
            }
            (Arguments, _hear, _ends) = (arguments, hear, new());
            return _ends.Task.WaitAsync(ct);
        }
    }

    private sealed class Machine(string environment) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = environment;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
