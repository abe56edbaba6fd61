using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using EventDriven.Setup;
using EventDriven.SystemTests.Flows;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>What somebody has who takes the packages home: a program that knows nothing else of this repository.</summary>
[Collection("in-memory broker")]
public sealed class PackagesTests(InMemorySystem system) : SystemTest(system)
{
    private const string Password = "for-a-test", ControlToken = "a-token-for-the-sample";
    private static readonly TimeSpan BuiltWithin = TimeSpan.FromMinutes(3), StartedWithin = TimeSpan.FromSeconds(60);
    private static readonly string Root = Path.GetFullPath(Path.Combine(FolderOfThisFile(), "..", "..", ".."));

    private readonly string _folder = Directory.CreateTempSubdirectory("eventdriven-packages-").FullName;

    public override async ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_sample_outside_of_the_solution_is_built_from_the_packages_alone_and_hears_of_who_signed_up_before_it_was_there()
    {
        var user = await new Customers(Running).SignUp();
        await Build();
        await Databases.Prepare(Running.Postgres, new Dictionary<string, string> { ["guests"] = Password, ["guests_owner"] = Password });
        await Running.MakeTopic("guests.events");

        using var sample = Start(Path.Combine(_folder, "bin", "Guests", Configuration, "Guests.dll"));
        try
        {
            using var client = new HttpClient { BaseAddress = await Address(sample) };
            await Eventually.Get(async () => (await client.GetAsync($"/guests/{user}", Ct)).StatusCode, status => status is HttpStatusCode.OK, "the guest");
        }
        finally
        {
            sample.Kill();
            await sample.WaitForExitAsync(CancellationToken.None);
        }
    }

    // The packages hold what was built with this test; their folder is no part of the machine's own cache, so that none outlives the test.
    private async Task Build()
    {
        var packages = Path.Combine(_folder, "packages");
        foreach (var block in (string[])["Log", "EventSourcing", "Messaging"])
            await Dotnet("pack", Path.Combine(Root, "building-blocks", $"EventDriven.{block}"), "--no-build", "--configuration", Configuration, "--output", packages);
        var known = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await Dotnet("build", Path.Combine(Root, "samples", "Guests"), "--configuration", Configuration, "--artifacts-path", _folder,
            $"-p:RestorePackagesPath={Path.Combine(_folder, "cache")}", $"-p:RestoreFallbackFolders={known}", $"-p:RestoreAdditionalProjectSources={packages}");
    }

    private static async Task Dotnet(params IEnumerable<string> arguments)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        timeout.CancelAfter(BuiltWithin);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [.. arguments, "-nologo", "-v:q", "-nodeReuse:false", "-p:UseSharedCompilation=false"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        Assert.True(process.ExitCode == 0, output);
    }

    private Process Start(string program)
    {
        using var signup = Running.Backfill("signup");
        return Process.Start(new ProcessStartInfo("dotnet", [program])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["ConnectionStrings__guestsdb"] = Database("guests"),
                ["ConnectionStrings__guestsdbowner"] = Database("guests_owner"),
                ["ConnectionStrings__kafka"] = Running.Kafka,
                ["Messaging__FetchWaitMs"] = "10",
                ["Control__Token"] = ControlToken,
                ["Backfill__Token"] = signup.DefaultRequestHeaders.Authorization!.Parameter,
                ["services__signup__http__0"] = signup.BaseAddress!.ToString(),
            },
        })!;
    }

    private string Database(string role) =>
        new NpgsqlConnectionStringBuilder(Running.Postgres) { Database = "guests", Username = role, Password = Password }.ConnectionString;

    private static async Task<Uri> Address(Process started)
    {
        const string mark = "Now listening on: ";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        timeout.CancelAfter(StartedWithin);
        while (await started.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var at)
            {
                _ = started.StandardOutput.ReadToEndAsync(CancellationToken.None); // a pipe that nobody reads would fill
                return new Uri(line[(at + mark.Length)..].Trim());
            }
        }
        throw new InvalidOperationException("The sample ended before it listened.");
    }

    private static string FolderOfThisFile([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
