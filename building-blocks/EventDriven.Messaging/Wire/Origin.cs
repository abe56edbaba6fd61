using System.Globalization;
using Confluent.Kafka;

namespace EventDriven.Messaging.Wire;

/// <summary>
/// What a message that cannot be taken in says of its place. The stream is the one whose mark would account for it: if its publisher has
/// published it as it should be, it comes by backfill and the mark passes it.
/// </summary>
internal sealed record Origin(string? Source, string? Stream, long? Sequence)
{
    public static Origin Of(Message<byte[]?, byte[]?> message)
    {
        var headers = WireMessage.HeadersOf(message).Where(h => !h.Value.Contains('\0', StringComparison.Ordinal)).ToDictionary();
        var source = headers.GetValueOrDefault("ce_source");
        if (headers.TryGetValue("ce_subject", out var stream) && headers.TryGetValue("ce_sequence", out var place)
            && long.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return new(source, stream, sequence);
        return headers.TryGetValue("ce_id", out var id) && Guid.TryParse(id, out var messageId) ? new(source, WireMessage.Alone(messageId), 1) : new(source, null, null);
    }
}
