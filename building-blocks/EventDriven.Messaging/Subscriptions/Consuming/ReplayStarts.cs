using Confluent.Kafka;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>Where on the topics what was published from a point in time on begins.</summary>
internal sealed class ReplayStarts(NpgsqlDataSource database, KafkaClients kafka)
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5);

    /// <summary>One for each partition that the subscription has ever had.</summary>
    /// <exception cref="DependencyUnavailableException">The broker does not answer.</exception>
    public async Task<IReadOnlyList<ReplayStart>> Of(string subscription, DateTimeOffset from, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var partitions = await new Sql("select topic, partition from inbox.partitions where subscription = $1", subscription)
            .Query(connection, row => new TopicPartition(row.GetString(0), row.GetInt32(1)), ct);
        try
        {
            return await Task.Run(() => Ask(subscription, partitions, from), ct); // the client blocks its thread
        }
        catch (KafkaException away)
        {
            throw new DependencyUnavailableException("The broker", away);
        }
    }

    private ReplayStart[] Ask(string subscription, IReadOnlyList<TopicPartition> partitions, DateTimeOffset from)
    {
        using var consumer = kafka.Reader(subscription);
        var starts = OffsetsFrom(from);
        var knowsTimes = OffsetsFrom(DateTimeOffset.UnixEpoch);
        return [.. partitions.Select(partition =>
        {
            var (low, high) = (consumer.QueryWatermarkOffsets(partition, AnswersWithin).Low.Value, consumer.GetWatermarkOffsets(partition).High.Value);
            // A broker that knows no times finds nothing even from the beginning of time on: then all is read, and the marks tell what is from before.
            var start = starts[partition] ?? (knowsTimes[partition] is null ? low : high);
            return new ReplayStart(partition, start, HasForgotten: low > 0 && start == low);
        })];

        Dictionary<TopicPartition, long?> OffsetsFrom(DateTimeOffset time) => consumer
            .OffsetsForTimes(partitions.Select(p => new TopicPartitionTimestamp(p, new Timestamp(time.UtcDateTime))), AnswersWithin)
            .ToDictionary(o => o.TopicPartition, o => o.Offset.IsSpecial ? null : (long?)o.Offset.Value);
    }
}

/// <summary>Where a replay begins on one partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">Its first message from then on.</param>
/// <param name="HasForgotten">There may have been earlier ones from then on, which the topic no longer has.</param>
internal sealed record ReplayStart(TopicPartition Partition, long Offset, bool HasForgotten);
