using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventDriven.Messaging.Wire;

/// <summary>Messages as <c>application/cloudevents-batch+json</c>: how the backfill gives them.</summary>
internal static class WireBatch
{
    public static IReadOnlyList<WireMessage> Read(ReadOnlyMemory<byte> json)
    {
        using var batch = JsonDocument.Parse(json);
        return [.. batch.RootElement.EnumerateArray().Select(Read)];
    }

    private static WireMessage Read(JsonElement message) => new()
    {
        MessageId = message.GetProperty("id").GetGuid(),
        Source = message.GetProperty("source").GetString()!,
        Type = message.GetProperty("type").GetString()!,
        Time = message.GetProperty("time").GetDateTimeOffset(),
        Stream = message.GetProperty("subject").GetString()!,
        Sequence = long.Parse(message.GetProperty("sequence").GetString()!, NumberStyles.None, CultureInfo.InvariantCulture),
        LogId = message.GetProperty("logid").GetGuid(),
        Cause = new(
            message.GetProperty("correlationid").GetGuid(),
            message.TryGetProperty("causationid", out var causation) ? causation.GetGuid() : null,
            message.TryGetProperty("traceparent", out var trace) ? trace.GetString() : null),
        Data = Encoding.UTF8.GetBytes(message.GetProperty("data").GetRawText()),
    };
}
