using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>How far a subscription has taken in one stream of one source on one topic. Without a time window: the mark alone judges.</summary>
internal sealed record InboxMark(long Accepted, Guid MessageId, Guid LogId)
{
    public static InboxMark After(WireMessage message) => new(message.Sequence, message.MessageId, message.LogId);

    /// <summary>What to do with a message of the stream; the mark is null when there was none before.</summary>
    public static Judgement Judge(InboxMark? mark, WireMessage message)
    {
        if (mark is not null && mark.LogId != message.LogId)
            return Judgement.OtherLog;
        var accepted = mark?.Accepted ?? 0;
        if (message.Sequence > accepted + 1)
            return Judgement.Gap;
        if (message.Sequence == accepted + 1)
            return Judgement.Handle;
        return message.Sequence == accepted && mark!.MessageId != message.MessageId ? Judgement.OtherMessage : Judgement.Duplicate;
    }
}

internal enum Judgement
{
    /// <summary>The next one.</summary>
    Handle,

    /// <summary>Handled before: it does nothing.</summary>
    Duplicate,

    /// <summary>Something before it has not come yet.</summary>
    Gap,

    /// <summary>The place of another message that was handled: the publisher has lost or rewritten history.</summary>
    OtherMessage,

    /// <summary>The publisher's log was restored.</summary>
    OtherLog,
}

/// <summary>A message cannot be taken in yet, through no fault of its handler.</summary>
internal sealed class OutOfPlaceException(string reason) : Exception(reason)
{
    public static OutOfPlaceException For(Judgement judgement, WireMessage message, InboxMark? mark) => new(judgement switch
    {
        Judgement.Gap => $"{message.Stream} of {message.Source} waits for sequence {(mark?.Accepted ?? 0) + 1}, {message.Sequence} came",
        Judgement.OtherMessage => $"{message.Stream} of {message.Source} has another message at sequence {message.Sequence} than the one handled",
        _ => $"{message.Source} has a new log id: its log was restored, an operator must accept it",
    });
}

/// <summary>The partition has a newer owner; this process lets go of it.</summary>
internal sealed class ClaimLostException() : Exception("The partition was claimed by another process.");
