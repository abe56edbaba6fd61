using System.Text.Json;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Interoperability;

namespace EventDriven.Dashboard.Tests.Ingest;

/// <summary>Telemetry from a program that is not ours: OpenTelemetry's SDK for JavaScript, over HTTP with protobuf.</summary>
public sealed class ForeignClientTests : IAsyncLifetime
{
    private RunningDashboard _dashboard = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(NodeProject.IsAvailable, "There is no Node.js on this machine.");
        _dashboard = await RunningDashboard.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_dashboard is not null)
            await _dashboard.DisposeAsync();
    }

    [Fact]
    public async Task What_the_JavaScript_SDK_exports_shows_as_flow()
    {
        var seen = _dashboard.See(static graph => graph is { Publications: [{ Traffic.Count: 3 }], Deliveries: [{ Traffic.Count: 3 }] });
        var outcomes = await Send(RunningDashboard.Key);

        Assert.Equal(6, outcomes.Count);
        Assert.All(outcomes, static outcome => Assert.True(outcome!["ok"]!.GetValue<bool>(), outcome.ToJsonString()));
        var graph = await seen;
        Assert.Equal(("storefront", "baskets.events"), (graph.Publications[0].Service, graph.Publications[0].Topic));
        Assert.Equal(("baskets.events", "pricing", "storefront"), (graph.Deliveries[0].Topic, graph.Deliveries[0].Subscription, graph.Deliveries[0].Service));
    }

    [Fact]
    public async Task Without_the_key_the_SDK_is_told_so_and_nothing_shows()
    {
        Assert.All(await Send("guessed"), static outcome => Assert.False(outcome!["ok"]!.GetValue<bool>()));
        Assert.Empty(_dashboard.Graph.Current.Publications);
    }

    private Task<JsonArray> Send(string key) => NodeProject.Run("otlp.mjs",
        JsonSerializer.Serialize(new { service = "storefront", topic = "baskets.events", group = "pricing", messages = 3 }), new Uri(_dashboard.Http, "/v1/traces").ToString(), key);
}
