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
        var ends = system.Services.SelectMany(static service => service.Subscriptions).SelectMany(static subscription => subscription.Partitions)
            .GroupBy(static partition => partition.Topic).ToDictionary(static topic => topic.Key, static topic => (IReadOnlyList<long>)
            [
                .. topic.GroupBy(static partition => partition.Partition).Select(static partition => partition.Max(static place => place.End)),
            ]);
        var readers = (from service in system.Services
                       from subscription in service.Subscriptions
                       from topic in subscription.Topics
                       select (Topic: topic, Reader: new TopicReading(service.Part, subscription, Lag(subscription, topic))
                       {
                           Rate = graph.Deliveries.Where(delivery => delivery.Topic == topic && delivery.Subscription == subscription.Name).Sum(static delivery => delivery.Traffic.Rate),
                       })).ToLookup(static one => one.Topic, static one => one.Reader);
        return
        [
            .. ends.Keys.Concat(readers.Select(static one => one.Key)).Concat(graph.Publications.Select(static one => one.Topic))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(topic => new TopicView(topic, ends.GetValueOrDefault(topic, []).Count, ends.GetValueOrDefault(topic, []).Sum(),
                    graph.Publications.Where(publication => publication.Topic == topic).Sum(static publication => publication.Traffic.Rate), [.. readers[topic]])),
        ];
    }

    private static long Lag(SubscriptionStatus subscription, string topic) =>
        subscription.Partitions.Where(partition => partition.Topic == topic).Sum(static partition => Math.Max(0, partition.End - partition.Next));
}

/// <summary>One topic: its partitions, and how many messages have come to it so far.</summary>
public sealed record TopicView(string Name, int Partitions, long Messages, double Rate, IReadOnlyList<TopicReading> Readers);

/// <summary>A subscription on one topic.</summary>
public sealed record TopicReading(PartView Service, SubscriptionStatus Subscription, long Lag)
{
    /// <summary>Messages of the topic that it handles in a second.</summary>
    public double Rate { get; init; }
}
