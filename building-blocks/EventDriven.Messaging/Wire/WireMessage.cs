using System.Globalization;
using System.Text;
using Confluent.Kafka;
using EventDriven.Log;

namespace EventDriven.Messaging.Wire;

/// <summary>
/// A message as it is on Kafka: CloudEvents 1.0, binary mode. The key is the stream, the value the event's exact bytes.
/// </summary>
internal sealed record WireMessage
{
    private const string Prefix = "ce_";
    private const string TraceParent = "traceparent";
    private const string ContentType = "application/json";

    public required Guid MessageId { get; init; }
    public required string Source { get; init; }
    public required string Type { get; init; }

    /// <summary>When its publisher recorded it, in UTC.</summary>
    public required DateTimeOffset Time { get; init => field = value.ToUniversalTime(); }

    /// <summary>The stream that it has its order in. One without order is a stream of its own, of one message.</summary>
    public required string Stream { get; init; }

    /// <summary>Its place there.</summary>
    public required long Sequence { get; init; }

    /// <summary>The stream that one without order was published from, where it says so.</summary>
    public string? Subject { get; init; }

    public required Guid LogId { get; init; }
    public required Cause Cause { get; init; }
    public required ReadOnlyMemory<byte> Data { get; init; }

    public bool IsOrdered => Stream != Alone(MessageId);

    public static WireMessage From(RecordedEvent recorded, string source) => new()
    {
        MessageId = recorded.MessageId,
        Source = source,
        Type = recorded.Type,
        Time = recorded.RecordedAt,
        Stream = recorded.Sequence is null ? Alone(recorded.MessageId) : recorded.Stream,
        Sequence = recorded.Sequence ?? 1,
        Subject = recorded.Sequence is null ? recorded.Stream : null,
        LogId = recorded.LogId,
        Cause = recorded.Cause,
        Data = recorded.Data,
    };

    /// <summary>The CloudEvents attributes by their names, in the binding-neutral form.</summary>
    public IEnumerable<(string Name, string Value)> Attributes()
    {
        yield return ("specversion", "1.0");
        yield return ("id", MessageId.ToString());
        yield return ("source", Source);
        yield return ("type", Type);
        yield return ("time", Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        yield return ("subject", Subject ?? Stream);
        yield return ("partitionkey", Subject ?? Stream);
        if (IsOrdered)
            yield return ("sequence", Sequence.ToString("D19", CultureInfo.InvariantCulture)); // sorts as text
        yield return ("logid", LogId.ToString());
        yield return ("correlationid", Cause.CorrelationId.ToString());
        if (Cause.CausationId is { } causation)
            yield return ("causationid", causation.ToString());
    }

    public Message<string, byte[]> ToKafka(string? traceParent)
    {
        var headers = new Headers();
        foreach (var (name, value) in Attributes())
            headers.Add(Prefix + name, Encoding.UTF8.GetBytes(value));
        if (traceParent is not null)
            headers.Add(TraceParent, Encoding.ASCII.GetBytes(traceParent));
        headers.Add("content-type", Encoding.ASCII.GetBytes(ContentType));
        return new() { Key = Subject ?? Stream, Value = Data.ToArray(), Headers = headers, Timestamp = new Timestamp(Time) };
    }

    /// <summary>Reads a message; false with a reason when it cannot be attributed to a stream.</summary>
    public static bool TryRead(Message<byte[]?, byte[]?> message, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WireMessage? read, out string reason)
    {
        read = null;
        var headers = message.Headers ?? [];
        if (headers.BackingList.FirstOrDefault(h => IsRead(h.Key) && h.GetValueBytes()?.Contains((byte)0) == true) is { Key: { } unstorable })
        {
            reason = $"header {unstorable} holds a character that no text can hold";
            return false;
        }

        var place = Find(headers, "ce_sequence");
        var isOrdered = place is not null;
        foreach (var required in (ReadOnlySpan<string>)["ce_id", "ce_source", "ce_type", "ce_subject", "ce_logid"])
        {
            // What carries no sequence has no order: it needs no stream and no log to be placed in.
            if (Find(headers, required) is not { } value ? isOrdered || required is "ce_id" or "ce_source" or "ce_type" : value.Length == 0)
            {
                reason = $"header {required} is missing";
                return false;
            }
        }
        var logId = Guid.Empty;
        if (!Guid.TryParse(Find(headers, "ce_id"), out var id) || Find(headers, "ce_logid") is { } log && !Guid.TryParse(log, out logId))
        {
            reason = "ce_id and ce_logid must be UUIDs";
            return false;
        }
        var sequence = 1L;
        if (isOrdered && (!long.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out sequence) || sequence < 1))
        {
            reason = "ce_sequence must be a number from 1";
            return false;
        }

        reason = "";
        read = new()
        {
            MessageId = id,
            Source = FindText(headers, "ce_source")!,
            Type = FindText(headers, "ce_type")!,
            Time = DateTimeOffset.TryParse(FindText(headers, "ce_time"), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : TimeOf(message),
            Stream = isOrdered ? FindText(headers, "ce_subject")! : Alone(id),
            Sequence = sequence,
            Subject = isOrdered ? null : FindText(headers, "ce_subject"),
            LogId = logId,
            Cause = new(
                Guid.TryParse(Find(headers, "ce_correlationid"), out var correlationId) ? correlationId : id,
                Guid.TryParse(Find(headers, "ce_causationid"), out var causationId) ? causationId : null,
                FindText(headers, TraceParent)),
            Data = message.Value ?? [],
        };
        return true;
    }

    public static string Alone(Guid messageId) => $"message-{messageId}";

    /// <summary>When the broker says it was published, whatever its sender has made of that.</summary>
    public static DateTimeOffset TimeOf(Message<byte[]?, byte[]?> message) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(message.Timestamp.UnixTimestampMs, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>One of its attributes, or the trace; null where it has none.</summary>
    public static string? FindText(Headers headers, string name) => Find(headers, name) is { } value ? Encoding.UTF8.GetString(value) : null;

    private static byte[]? Find(Headers headers, string name) => headers.TryGetLastBytes(name, out var value) ? value ?? [] : null;

    /// <summary>What else there may be is not ours to read.</summary>
    private static bool IsRead(string header) => header == TraceParent || header.StartsWith(Prefix, StringComparison.Ordinal);
}
