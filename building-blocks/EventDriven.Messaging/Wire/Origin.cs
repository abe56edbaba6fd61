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
        var headers = message.Headers ?? [];
        var source = Storable("ce_source");
        if (Storable("ce_subject") is { } stream && long.TryParse(Storable("ce_sequence"), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return new(source, stream, sequence);
        return Guid.TryParse(Storable("ce_id"), out var messageId) ? new(source, WireMessage.Alone(messageId), 1) : new(source, null, null);

        string? Storable(string name) => WireMessage.FindText(headers, name) is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
    }
}
