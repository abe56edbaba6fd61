using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace EventDriven.LocalAspire.Tests.Running;

public sealed class RunningSystemTests : IAsyncLifetime
{
    private DistributedApplication app = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SmallSystem_Host>(Ct);
        app = await builder.BuildAsync(Ct);
        await app.StartAsync(Ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", Ct);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task A_service_is_given_what_Aspire_gives_it()
    {
        using var http = app.CreateHttpClient("service");
        var given = (await http.GetFromJsonAsync<Dictionary<string, string>>("/environment", Ct))!;

        Assert.Equal(app.GetEndpoint("service").ToString().TrimEnd('/'), given["ASPNETCORE_URLS"]);
        Assert.Equal(app.GetEndpoint("service", "second").Port.ToString(System.Globalization.CultureInfo.InvariantCulture), given["SECOND_PORT"]);
        Assert.Equal("Key={secret}", given["ConnectionStrings__store"]);
        Assert.Equal("Key={secret}", await app.GetConnectionStringAsync("store", Ct));
        Assert.Equal("service", given["OTEL_SERVICE_NAME"]);
        Assert.Equal("in_memory", given["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"]);
        Assert.Equal("Development", given["ASPNETCORE_ENVIRONMENT"]);
    }

    [Fact]
    public void Ports_are_not_those_of_the_launch_profile()
    {
        Assert.NotEqual(5190, app.GetEndpoint("service").Port);
        Assert.NotEqual(5191, app.GetEndpoint("service", "second").Port);
    }

    [Fact]
    public async Task What_others_waited_for_has_finished()
    {
        await app.ResourceNotifications.WaitForResourceAsync("first", KnownResourceStates.Finished, Ct);
        Assert.True(app.ResourceNotifications.TryGetCurrentState("first", out var first));
        Assert.Equal(0, first!.Snapshot.ExitCode);
    }

    [Fact]
    public async Task A_service_can_be_stopped_started_and_restarted_at_any_time()
    {
        using var http = app.CreateHttpClient("service");
        var before = await http.GetStringAsync("/process", Ct);

        await Command("stop");
        await app.ResourceNotifications.WaitForResourceAsync("service", KnownResourceStates.Finished, Ct);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/process", Ct));

        await Command("start");
        var started = await WhenHealthy(http);
        await Command("restart");
        var restarted = await WhenHealthy(http);

        Assert.Equal(3, new HashSet<string>([before, started, restarted], StringComparer.Ordinal).Count);
    }

    [Fact]
    public async Task A_killed_service_shows_as_exited_and_can_be_started_again()
    {
        using var http = app.CreateHttpClient("service");
        var before = await http.GetStringAsync("/process", Ct);
        using (var process = System.Diagnostics.Process.GetProcessById(int.Parse(before, System.Globalization.CultureInfo.InvariantCulture))) process.Kill();

        await app.ResourceNotifications.WaitForResourceAsync("service", KnownResourceStates.Exited, Ct);
        await Command("start");

        Assert.NotEqual(before, await WhenHealthy(http));
    }

    [Fact]
    public async Task An_unknown_command_or_resource_is_refused()
    {
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync("service", "fly", Ct)).Success);
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync("nobody", "stop", Ct)).Success);
    }

    private async Task Command(string command) => Assert.True((await app.ResourceCommands.ExecuteCommandAsync("service", command, Ct)).Success);

    private async Task<string> WhenHealthy(HttpClient http)
    {
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", Ct);
        return await http.GetStringAsync("/process", Ct);
    }
}
