using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Tests.Flow;

public sealed class SceneTests
{
    private static readonly FlowGraph Graph = new(
        [Sent("signup", "signup.events"), Sent("orders", "orders.events"), Sent("email", "email.events")],
        [Read("signup.events", "email"), Read("orders.events", "email"), Read("orders.events", "fulfilment")]);

    [Fact]
    public void Publishers_topics_and_subscriptions_stand_in_layers_from_left_to_right()
    {
        var scene = Draw(Graph);
        Assert.Equal(["email", "orders", "signup"], Names(scene, NodeKind.Service));
        Assert.Equal(["email.events", "orders.events", "signup.events"], Names(scene, NodeKind.Topic));
        Assert.Equal(["email", "fulfilment"], Names(scene, NodeKind.Subscription));
        Assert.All(scene.Edges, static edge => Assert.True(edge.From.Right.X < edge.To.Left.X));
    }

    [Fact]
    public void A_new_topic_moves_no_two_others_past_each_other_or_out_of_their_layer()
    {
        var before = Draw(Graph);
        var after = Draw(Graph with { Publications = [Sent("insights", "insights.events"), .. Graph.Publications] });

        foreach (var kind in Enum.GetValues<NodeKind>())
        {
            var known = Names(before, kind);
            Assert.Equal(known, Names(after, kind).Where(known.Contains));
            Assert.Equal(X(before, kind), X(after, kind));
        }
    }

    [Fact]
    public void New_numbers_move_nothing()
    {
        var busy = Graph with { Publications = [.. Graph.Publications.Select(static sent => sent with { Traffic = new Traffic { Rate = 100 } })] };

        Assert.Equal(Draw(Graph).Nodes, Draw(busy).Nodes);
        Assert.Equal(Draw(Graph).Edges.Select(static edge => edge.Numbers), Draw(busy).Edges.Select(static edge => edge.Numbers));
    }

    [Fact]
    public void The_numbers_of_two_lines_that_cross_stand_apart()
    {
        var scene = Draw(new([Sent("a", "z.events"), Sent("z", "a.events")], []));
        Assert.False(scene.Edges[0].Numbers.Touches(scene.Edges[1].Numbers));
        Assert.False(scene.Edges[0].Curve.Passes(scene.Edges[1].Numbers));
    }

    [Fact]
    public void Without_telemetry_the_services_own_records_draw_the_picture()
    {
        var email = new ServiceView(new PartView("email", Condition.Up, null, default))
        {
            Subscriptions = [new SubscriptionStatus("email", "running", null, 1, 0) { Topics = ["signup.events"] }],
        };
        var message = new LogMessage("m", "signup.user-signed-up.v1", "user-1", 0, default, "c") { Topic = "signup.events" };
        var scene = Scene.Of(FlowGraph.Empty, new SystemView([email], []), new MessageList([new ListedMessage("signup", message)]));

        Assert.Equal(["edge-signup-signup.events", "edge-signup.events-email"], scene.Edges.Select(static edge => edge.TestId));
    }

    private static Scene Draw(FlowGraph graph) => Scene.Of(graph, SystemView.Unknown, MessageList.Empty);

    private static Publication Sent(string service, string topic) => new(service, topic, Traffic.None);

    private static Delivery Read(string topic, string service) => new(topic, service, service, Traffic.None);

    private static List<string> Names(Scene scene, NodeKind kind) =>
        [.. scene.Nodes.Where(node => node.Kind == kind).OrderBy(static node => node.Corner.Y).Select(static node => node.Name)];

    private static double X(Scene scene, NodeKind kind) => scene.Nodes.Where(node => node.Kind == kind).Select(static node => node.Corner.X).Distinct().Single();
}
