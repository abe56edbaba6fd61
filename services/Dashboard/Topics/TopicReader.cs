using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Topics;

/// <summary>The topics as the broker has them, with who says what to them and who reads them how far.</summary>
internal sealed class TopicReader(SystemWatch watch, FlowFeed feed, IEnumerable<IPart> parts)
{
    public async Task<IReadOnlyList<TopicView>> Read(CancellationToken ct)
    {
        var (system, graph) = (watch.View.Current, feed.Graph.Current);
        var broker = parts.OfType<KafkaPart>().FirstOrDefault();
        var places = broker is null ? new Dictionary<string, IReadOnlyList<PartitionPlace>>() : await broker.Topics(ct);
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
    /// <summary>What the broker still holds.</summary>
    public long Messages => Partitions.Sum(static partition => partition.End - partition.Begin);
}

/// <summary>What a partition holds: from its beginning up to, and without, its end.</summary>
public sealed record PartitionPlace(int Partition, long Begin, long End);

/// <summary>A subscription on one topic.</summary>
public sealed record TopicReading(PartView Service, SubscriptionStatus Subscription, long Lag);
