using Bunit;
using EventDriven.Dashboard.Components.Parts;
using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Tests.Components;

public sealed class ComponentTests : BunitContext
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_graph_shows_rates_and_the_more_messages_the_more_dots()
    {
        var (slow, fast) = (Draw(rate: 0.2), Draw(rate: 50));

        Assert.Contains("50/s", fast.Find("[data-testid='edge-signup-signup.events']").TextContent, StringComparison.Ordinal);
        Assert.True(fast.FindAll("[data-testid='edge-signup-signup.events'] circle").Count > slow.FindAll("[data-testid='edge-signup-signup.events'] circle").Count);
    }

    [Fact]
    public void Where_nothing_flows_no_dot_moves() =>
        Assert.Empty(Draw(rate: 0).FindAll("[data-testid='edge-signup-signup.events'] circle"));

    [Fact]
    public void A_subscription_whose_service_is_down_and_its_lag_stand_out()
    {
        var node = Draw(rate: 1, new PartView("email", Condition.Down, "nothing listens", Noon), lag: 1_412).Find("[data-testid='node-subscription-email']");

        Assert.Equal("down", node.GetAttribute("data-state"));
        Assert.Contains("down since 12:00 UTC", node.TextContent, StringComparison.Ordinal);
        Assert.Contains("1,412 waiting", node.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_comes_between_two_looks_is_no_pile()
    {
        Assert.Empty(Draw(rate: 10, lag: 12).FindAll(".pile"));
        Assert.NotEmpty(Draw(rate: 10, lag: 120).FindAll(".pile"));
    }

    [Fact]
    public void A_paused_relay_shows_at_its_publisher_with_what_it_has_to_send()
    {
        var log = new LogStatus("signup", "/signup", 100, 60, 0, 40, 12, new RelayStatus("paused", "the broker does not answer"));
        var system = new SystemView([new ServiceView(new PartView("signup", Condition.Degraded, null, Noon)) { Log = log }], []);
        var canvas = Render<FlowCanvas>(c => c.Add(p => p.Scene, Scene.Of(FlowGraph.Empty, system, MessageList.Empty)).Add(p => p.System, system));

        var node = canvas.Find("[data-testid='node-service-signup']");
        Assert.Equal("paused", node.GetAttribute("data-state"));
        Assert.Contains("relay paused: the broker does not answer", node.QuerySelector("title")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("40 to send", node.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_messages_the_table_says_how_to_make_one() =>
        Assert.Contains("curl", Render<MessageTable>(table => table.Add(t => t.Messages, [])).Find("[data-testid='messages-empty']").TextContent, StringComparison.Ordinal);

    [Fact]
    public void A_message_leads_to_its_journey()
    {
        var message = new LogMessage("m-1", "signup.user-signed-up.v1", "user-1", 0, Noon, "c-1") { Topic = "signup.events" };
        var table = Render<MessageTable>(table => table.Add(t => t.Messages, [new ListedMessage("signup", message)]));

        var link = table.Find("[data-testid='message-m-1'] a");
        Assert.Equal(("user signed up", "messages/m-1"), (link.TextContent, link.GetAttribute("href")));
    }

    [Fact]
    public void A_journey_shows_every_hop_with_its_outcome()
    {
        var message = new LogMessage("m-1", "signup.user-signed-up.v1", "user-1", 0, Noon, "c-1");
        var journey = new MessageJourney("signup", message,
        [
            new Hop("appended", "Appended", Outcome.Done, "to the log of signup") { At = Noon },
            new Hop("subscription-email", "email", Outcome.Waiting, "email is down"),
        ], []);
        var timeline = Render<JourneyTimeline>(t => t.Add(p => p.Journey, journey).Add(p => p.Now, Noon.AddSeconds(5)));

        Assert.Equal("done", timeline.Find("[data-testid='hop-appended']").GetAttribute("data-outcome"));
        Assert.Equal("waiting", timeline.Find("[data-testid='hop-subscription-email']").GetAttribute("data-outcome"));
    }

    private IRenderedComponent<FlowCanvas> Draw(double rate, PartView? email = null, long lag = 0)
    {
        var graph = new FlowGraph(
            [new Publication("signup", "signup.events", new Traffic { Rate = rate })],
            [new Delivery("signup.events", "email", "email", new Traffic { Rate = rate })]);
        var system = new SystemView(
        [
            new ServiceView(email ?? new PartView("email", Condition.Up, null, Noon))
            {
                Subscriptions = [new SubscriptionStatus("email", "running", null, 1, lag) { Topics = ["signup.events"] }],
            },
        ], []);
        return Render<FlowCanvas>(canvas => canvas.Add(c => c.Scene, Scene.Of(graph, system, MessageList.Empty)).Add(c => c.System, system));
    }
}
