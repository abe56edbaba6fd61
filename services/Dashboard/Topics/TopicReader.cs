using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Topics;

/// <summary>The topics as their subscriptions know them, with who says what to them and who reads them how far.</summary>
internal sealed class TopicReader(SystemWatch watch, FlowFeed feed)
{
    public IReadOnlyList<TopicView> Read()
    {
        var (system, graph) = (watch.View.Current, feed.Graph.Current);
        // As the subscriptions know it: asked for all its topics at once, the in-memory broker takes the client's native half down with it.
        var places = system.Services.SelectMany(static service => service.Subscriptions).SelectMany(static subscription => subscription.Partitions)
            .GroupBy(static partition => partition.Topic).ToDictionary(static topic => topic.Key, static topic => (IReadOnlyList<PartitionPlace>)
            [
                .. topic.GroupBy(static partition => partition.Partition).OrderBy(static partition => partition.Key)
                    .Select(static partition => new PartitionPlace(partition.Key, Begin: 0, partition.Max(static place => place.End))),
            ]);
        var readers = (from service in system.Services
                       from subscription in service.Subscriptions
                       from topic in subscription.Topics
                       select (Topic: topic, Reader: new TopicReading(service.Part, subscription, Lag(subscription, topic)))).ToLookup(static one => one.Topic, static one => one.Reader);
        return
        [
            .. places.Keys.Concat(readers.Select(static one => one.Key)).Concat(graph.Publications.Select(static one => one.Topic))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(topic => new TopicView(topic, places.GetValueOrDefault(topic, []),
                    graph.Publications.Where(publication => publication.Topic == topic).Sum(static publication => publication.Traffic.Rate), [.. readers[topic]])),
        ];
    }

    private static long Lag(SubscriptionStatus subscription, string topic) =>
        subscription.Partitions.Where(partition => partition.Topic == topic).Sum(static partition => Math.Max(0, partition.End - partition.Next));
}

/// <summary>One topic.</summary>
public sealed record TopicView(string Name, IReadOnlyList<PartitionPlace> Partitions, double Rate, IReadOnlyList<TopicReading> Readers)
{
    /// <summary>What the broker has taken in.</summary>
    public long Messages => Partitions.Sum(static partition => partition.End - partition.Begin);
}

/// <summary>What a partition holds: from its beginning up to, and without, its end.</summary>
public sealed record PartitionPlace(int Partition, long Begin, long End);

/// <summary>A subscription on one topic.</summary>
public sealed record TopicReading(PartView Service, SubscriptionStatus Subscription, long Lag);
