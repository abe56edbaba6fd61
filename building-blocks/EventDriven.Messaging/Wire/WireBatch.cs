using System.Globalization;
using System.Text;
using System.Text.Json;
using EventDriven.Log;

namespace EventDriven.Messaging.Wire;

/// <summary>Messages as a CloudEvents batch in JSON: how the backfill gives them, and how they are brought directly.</summary>
internal static class WireBatch
{
    public const string ContentType = "application/cloudevents-batch+json";

    public static IReadOnlyList<WireMessage> Read(ReadOnlyMemory<byte> json)
    {
        using var batch = JsonDocument.Parse(json);
        return [.. batch.RootElement.EnumerateArray().Select(Read)];
    }

    public static byte[] Write(IReadOnlyList<RecordedEvent> events, string source)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var recorded in events)
            {
                json.WriteStartObject();
                foreach (var (name, value) in WireMessage.From(recorded, source).Attributes())
                    json.WriteString(name, value);
                if (recorded.Cause.TraceParent is { } traceParent)
                    json.WriteString("traceparent", traceParent);
                json.WriteString("datacontenttype", "application/json");
                json.WritePropertyName("data");
                json.WriteRawValue(recorded.Data.Span);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return buffer.ToArray();
    }

    private static WireMessage Read(JsonElement message) => message.TryGetProperty("sequence", out var sequence)
        ? Read(message, message.GetProperty("subject").GetString()!, long.Parse(sequence.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture), subject: null)
        : Read(message, WireMessage.Alone(message.GetProperty("id").GetGuid()), 1, message.GetProperty("subject").GetString());

    private static WireMessage Read(JsonElement message, string stream, long sequence, string? subject) => new()
    {
        MessageId = message.GetProperty("id").GetGuid(),
        Source = message.GetProperty("source").GetString()!,
        Type = message.GetProperty("type").GetString()!,
        Time = message.GetProperty("time").GetDateTimeOffset(),
        Stream = stream,
        Sequence = sequence,
        Subject = subject,
        LogId = message.GetProperty("logid").GetGuid(),
        Cause = new(
            message.GetProperty("correlationid").GetGuid(),
            message.TryGetProperty("causationid", out var causation) ? causation.GetGuid() : null,
            message.TryGetProperty("traceparent", out var trace) ? trace.GetString() : null),
        Data = Encoding.UTF8.GetBytes(message.GetProperty("data").GetRawText()),
    };
}
