using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace EventDriven.LocalAspire.Tests.Running;

public sealed class ExplicitStartTests
{
    [Fact]
    public async Task What_is_started_by_hand_waits_to_be_told_while_the_others_run()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SmallSystem_Host>(ct);
        builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single()).WithExplicitStart();
        await using var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);

        await app.ResourceNotifications.WaitForResourceAsync("first", KnownResourceStates.Finished, ct);
        Assert.True(app.ResourceNotifications.TryGetCurrentState("service", out var waits));
        Assert.Equal(KnownResourceStates.NotStarted, waits!.Snapshot.State!.Text);
        using var http = app.CreateHttpClient("service");
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/process", ct));

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("service", "start", ct)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", ct);
        Assert.NotEmpty(await http.GetStringAsync("/process", ct));
    }
}
