using System.Globalization;
using System.Text;
using Confluent.Kafka;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Topics;

/// <summary>
/// What the broker itself holds of one topic: where each partition begins and ends, since when, and its newest messages, without
/// what they say. It reads as a client that is in no group, so it moves nobody's offsets.
/// </summary>
internal sealed class TopicBrowser(IEnumerable<IPart> infrastructure)
{
    /// <summary>How many messages of a partition are read at most.</summary>
    public const int NewestPerPartition = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReadsFor = TimeSpan.FromSeconds(5);

    /// <summary>The topic as it is now; null when the broker has none of this name, or does not answer.</summary>
    /// <param name="topic">Its name.</param>
    /// <param name="since">From when on its messages are read; null: the newest of each partition.</param>
    /// <param name="ct">Ends it early.</param>
    public async Task<TopicContent?> Read(string topic, DateTimeOffset? since, CancellationToken ct) => infrastructure.OfType<KafkaPart>().FirstOrDefault() is { } broker
        ? await Task.Factory.StartNew(() => Read(broker, topic, since, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        : null;

    private static TopicContent? Read(KafkaPart broker, string topic, DateTimeOffset? since, CancellationToken ct)
    {
        try
        {
            if (broker.Topics().GetValueOrDefault(topic) is not (> 0 and var count))
                return null;
            using var reader = broker.Reader("dashboard");
            var places = Enumerable.Range(0, count).Select(partition => new TopicPartition(topic, partition))
                .ToDictionary(static place => place, place => reader.QueryWatermarkOffsets(place, Patience));
            var held = places.Where(static place => place.Value.High > place.Value.Low).ToList();
            var first = Consume(reader, held.Select(static place => (new TopicPartitionOffset(place.Key, place.Value.Low), place.Value.Low.Value + 1)), ct)
                .GroupBy(static message => message.Partition).ToDictionary(static partition => partition.Key, static messages => messages.First().At);
            var starts = since is { } time
                ? reader.OffsetsForTimes(held.Select(place => new TopicPartitionTimestamp(place.Key, new Timestamp(time))), Patience).Where(static start => start.Offset.Value >= 0)
                    .Select(start => (start, Math.Min(places[start.TopicPartition].High.Value, start.Offset.Value + NewestPerPartition)))
                : held.Select(static place => (new TopicPartitionOffset(place.Key, Math.Max(place.Value.Low.Value, place.Value.High.Value - NewestPerPartition)), place.Value.High.Value));
            List<HeldMessage> messages = [.. Consume(reader, starts, ct).OrderByDescending(static message => message.At)];
            return new TopicContent(topic,
            [
                .. places.Select(place => new PartitionContent(place.Key.Partition.Value, place.Value.Low.Value, place.Value.High.Value,
                    first.TryGetValue(place.Key.Partition.Value, out var begin) ? begin : null,
                    since is null && messages.Find(message => message.Partition == place.Key.Partition.Value) is { } newest ? newest.At : null)).OrderBy(static place => place.Partition),
            ], messages);
        }
        catch (KafkaException)
        {
            // Its health says what is the matter with the broker.
            return null;
        }
    }

    // From each start up to, and without, its end. A partition whose messages were deleted meanwhile ends where it ends.
    private static List<HeldMessage> Consume(IConsumer<byte[]?, byte[]?> reader, IEnumerable<(TopicPartitionOffset From, long To)> stretches, CancellationToken ct)
    {
        var open = stretches.ToDictionary(static stretch => stretch.From.TopicPartition, static stretch => (stretch.From, stretch.To));
        List<HeldMessage> messages = [];
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(ReadsFor);
        reader.Assign(open.Values.Select(static stretch => stretch.From));
        try
        {
            while (open.Count > 0)
            {
                var consumed = reader.Consume(timeout.Token);
                if (!open.TryGetValue(consumed.TopicPartition, out var stretch))
                    continue;
                if (!consumed.IsPartitionEOF && consumed.Offset.Value < stretch.To)
                    messages.Add(HeldMessage.Of(consumed));
                if (consumed.IsPartitionEOF || consumed.Offset.Value >= stretch.To - 1)
                    open.Remove(consumed.TopicPartition);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The broker is slow: what has come is shown.
        }

        reader.Unassign();
        return messages;
    }
}

/// <summary>One topic, as the broker holds it.</summary>
public sealed record TopicContent(string Name, IReadOnlyList<PartitionContent> Partitions, IReadOnlyList<HeldMessage> Messages)
{
    public long Held => Partitions.Sum(static partition => partition.Held);

    /// <summary>About how many bytes it holds: as many messages, each as long as those that were read are on average; null when none was.</summary>
    public double? EstimatedBytes => Messages.Count == 0 ? null : Messages.Average(static message => message.Bytes) * Held;
}

/// <summary>A partition: from its beginning up to, and without, its end, with the times of its first and its newest message where they are known.</summary>
public sealed record PartitionContent(int Partition, long Begin, long End, DateTimeOffset? First, DateTimeOffset? Newest)
{
    public long Held => End - Begin;
}

/// <summary>A message as it lies on the topic, without what it says. Id, type and source are null where its headers do not tell them.</summary>
public sealed record HeldMessage(int Partition, long Offset, DateTimeOffset At, string? Id, string? Type, string? Source, string Key, int Bytes)
{
    internal static HeldMessage Of(ConsumeResult<byte[]?, byte[]?> consumed)
    {
        var headers = consumed.Message.Headers;
        var bytes = (consumed.Message.Key?.Length ?? 0) + (consumed.Message.Value?.Length ?? 0) + headers.Sum(static header => header.Key.Length + (header.GetValueBytes()?.Length ?? 0));
        var at = DateTimeOffset.TryParse(Header("ce_time"), CultureInfo.InvariantCulture, out var said) ? said : new DateTimeOffset(consumed.Message.Timestamp.UtcDateTime, TimeSpan.Zero);
        return new(consumed.Partition.Value, consumed.Offset.Value, at, Header("ce_id"), Header("ce_type"), Header("ce_source"), Text(consumed.Message.Key), bytes);

        string? Header(string name) => headers.TryGetLastBytes(name, out var value) ? Text(value) : null;
    }

    private static string Text(byte[]? bytes) => bytes is null ? "" : Encoding.UTF8.GetString(bytes);
}
