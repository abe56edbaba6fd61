using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Flow;

/// <summary>
/// The picture of the flow: publishers, topics and subscriptions in three layers. Within its layer everything stands in
/// the order of its name, so a newcomer never moves two others past each other.
/// </summary>
public sealed record Scene(double Height, IReadOnlyList<SceneNode> Nodes, IReadOnlyList<SceneEdge> Edges)
{
    public const double Width = 1200;
    private const double RowHeight = 84;

    public static Scene Of(FlowGraph graph, SystemView system, MessageList messages)
    {
        // The services' own records draw the picture even where no telemetry comes; telemetry adds what it measures, and foreigners.
        var deliveries = graph.Deliveries.Concat(
            from service in system.Services
            from subscription in service.Subscriptions
            from topic in subscription.Topics
            select new Delivery(topic, subscription.Name, service.Part.Name, Traffic.None))
            .DistinctBy(static delivery => (delivery.Topic, delivery.Subscription, delivery.Service)).ToList();
        var publications = graph.Publications.Concat(
            from listed in messages.Messages
            where listed.Message.Topic is not null
            select new Publication(listed.Service, listed.Message.Topic!, Traffic.None))
            .DistinctBy(static publication => (publication.Service, publication.Topic)).ToList();

        var publishers = publications.Select(static publication => publication.Service)
            .Concat(system.Services.Where(static service => service.Log is not null).Select(static service => service.Part.Name));
        var topics = publications.Select(static publication => publication.Topic).Concat(deliveries.Select(static delivery => delivery.Topic));
        string[][] layers =
        [
            Layer(publishers), Layer(topics), Layer(deliveries.Select(static delivery => Key(delivery.Service, delivery.Subscription))),
        ];
        var height = Math.Max(1, layers.Max(static layer => layer.Length)) * RowHeight;
        var nodes = layers.SelectMany((layer, depth) => layer.Select((name, row) => new SceneNode((NodeKind)depth, name, new Spot(
                1 + (depth / 2d * (Width - SceneNode.Width - 2)),
                ((height - (layer.Length * RowHeight) + RowHeight - SceneNode.Height) / 2) + (row * RowHeight)))))
            .ToDictionary(static node => (node.Kind, node.Key));

        return new Scene(height, [.. nodes.Values], SceneEdge.Label(
            publications.Select(publication => new SceneEdge(
                nodes[(NodeKind.Service, publication.Service)], nodes[(NodeKind.Topic, publication.Topic)], publication.Traffic))
            .Concat(deliveries.Select(delivery => new SceneEdge(
                nodes[(NodeKind.Topic, delivery.Topic)], nodes[(NodeKind.Subscription, Key(delivery.Service, delivery.Subscription))], delivery.Traffic)))));
    }

    private static string[] Layer(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    // A subscription belongs to a service; usually both have the same name.
    private static string Key(string service, string subscription) =>
        string.Equals(service, subscription, StringComparison.Ordinal) ? subscription : $"{service}/{subscription}";
}

public enum NodeKind { Service, Topic, Subscription }

/// <summary>A box of the picture and its upper left corner.</summary>
public sealed record SceneNode(NodeKind Kind, string Key, Spot Corner)
{
    public const double Width = 210;
    public const double Height = 60;

    public string Service => Key.Split('/')[0];

    public string Name => Key.Split('/')[^1];

    public Spot Left => Corner with { Y = Corner.Y + (Height / 2) };

    public Spot Right => Left with { X = Corner.X + Width };

    public string TestId => $"node-{Kind.ToString().ToLowerInvariant()}-{Key}";
}

/// <summary>A line of the picture, and where along it its numbers stand.</summary>
public sealed record SceneEdge(SceneNode From, SceneNode To, Traffic Traffic)
{
    private const int Wide = 6;
    private static readonly double[] Places = [0.5, 0.36, 0.64, 0.26, 0.74, 0.18, 0.82];

    public Curve Curve => new(From.Right, To.Left);

    public Spot Numbers { get; private init; } = new(0, 0);

    /// <summary>One of so many lines into or out of a box that each with its numbers would hide the picture.</summary>
    public bool IsBundled { get; private init; }

    public string TestId => $"edge-{From.Key}-{To.Key}";

    /// <summary>
    /// Gives every line a place for its numbers, away from the other lines and from the numbers of earlier ones. It depends
    /// on the picture's shape only.
    /// </summary>
    internal static IReadOnlyList<SceneEdge> Label(IEnumerable<SceneEdge> edges)
    {
        var ordered = edges.OrderBy(static edge => edge.TestId, StringComparer.Ordinal).ToList();
        var wide = ordered.CountBy(static edge => edge.From).Concat(ordered.CountBy(static edge => edge.To)).Where(static end => end.Value >= Wide).Select(static end => end.Key).ToHashSet();
        ordered = [.. ordered.Select(edge => edge with { IsBundled = wide.Contains(edge.From) || wide.Contains(edge.To) })];
        List<SceneEdge> labelled = [];
        foreach (var edge in ordered)
        {
            var places = Places.Select(edge.Curve.At).Where(place => !labelled.Exists(other => !other.IsBundled && place.Touches(other.Numbers))).ToList();
            var free = places.Find(place => !ordered.Exists(other => other != edge && other.Curve.Passes(place)));
            labelled.Add(edge with { Numbers = free ?? places.FirstOrDefault() ?? edge.Curve.At(Places[0]) });
        }

        return labelled;
    }
}
