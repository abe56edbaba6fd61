using System.Text.Json;

namespace EventDriven.Log;

/// <summary>Events for one stream, ready to be sent: whatever is wrong with them has been said.</summary>
internal sealed record StreamAppend(StreamName Stream, ExpectedVersion Expected, EventRow[] Events)
{
    public static StreamAppend Of(EventLog log, StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events) =>
        new(stream, expected, EventRow.Of(log, cause, events));

    /// <summary>What the append came to.</summary>
    /// <exception cref="WrongExpectedVersionException">It did not fit.</exception>
    public AppendResult Answer(bool appended, long version) =>
        appended ? new(Stream.ToString(), version) : throw new WrongExpectedVersionException(Stream.ToString(), Expected, version);
}

/// <summary>One event with its type's name and its bytes.</summary>
internal sealed record EventRow(NewEvent Event, MessageType Type, Cause Cause, byte[] Data)
{
    public static EventRow[] Of(EventLog log, Cause cause, IReadOnlyList<NewEvent> events) => events.Count == 0
        ? throw new ArgumentException("An append needs at least one event.", nameof(events))
        : [.. events.Select(e => Of(e, log.Types.Of(e.Data.GetType()), cause))];

    private static EventRow Of(NewEvent appended, MessageType type, Cause cause)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(appended.Data, type.ClrType, EventLog.Json);
        return bytes.Length <= EventTooLargeException.MaxBytes ? new(appended, type, cause, bytes) : throw new EventTooLargeException(type.Name, bytes.Length);
    }
}
