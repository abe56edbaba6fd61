using Confluent.Kafka;
using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>
/// When the first message that waits on a partition was published, where nothing is fetched from it: only the message itself tells.
/// </summary>
internal sealed class FirstUnread(string subscription, KafkaClients kafka) : IDisposable
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(2);
    private readonly Lazy<IConsumer<byte[]?, byte[]?>> _consumer = new(() => kafka.Reader(subscription));

    /// <summary>Null where the topic has forgotten it, or the broker does not give it in time.</summary>
    public DateTimeOffset? At(TopicPartition partition, long? offset)
    {
        try
        {
            _consumer.Value.Assign(new TopicPartitionOffset(partition, offset is { } next ? new Offset(next) : Offset.Beginning));
            return _consumer.Value.Consume(AnswersWithin) is { } first ? WireMessage.TimeOf(first.Message) : null;
        }
        catch (ConsumeException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (_consumer.IsValueCreated)
            _consumer.Value.Dispose();
    }
}
