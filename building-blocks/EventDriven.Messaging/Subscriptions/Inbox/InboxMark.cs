using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>
/// How far a subscription has come in one stream of one source on one topic. There is no time window: the mark alone judges.
/// </summary>
/// <param name="Accepted">Each sequence up to here is handled, without a handler, dead, refused, skipped or parked behind a failure.</param>
/// <param name="MessageId">The message at that sequence; empty when it is not known.</param>
/// <param name="LogId">The log that it came from.</param>
internal sealed record InboxMark(long Accepted, Guid MessageId, Guid LogId)
{
    /// <summary>Counts the mark's changes; 0 for a stream not met before.</summary>
    public long Revision { get; init; }

    /// <summary>A message failed, and all later ones are parked behind it.</summary>
    public bool Blocked { get; init; }

    /// <summary>Messages wait for one that is missing.</summary>
    public bool Waiting { get; init; }

    /// <summary>How many had no handler.</summary>
    public long WithoutHandler { get; init; }

    /// <summary>The sequence before the first one taken in.</summary>
    public long StartedAt { get; init; }

    /// <summary>Up to here it is a replay: effects beyond the database have happened already.</summary>
    public long ReplayUntil { get; init; }

    /// <summary>A replay goes back to the stream's first message from then on; null once that has come.</summary>
    public DateTimeOffset? RewoundTo { get; init; }

    /// <summary>What comes again up to here is counted already.</summary>
    public long CountedUntil { get; init; }

    public static InboxMark Unmet(WireMessage first, bool fromNow) => fromNow
        ? new(first.Sequence - 1, Guid.Empty, first.LogId) { StartedAt = first.Sequence - 1 }
        : new(0, Guid.Empty, first.LogId);

    /// <summary>The mark as this message meets it: it may be the first one that a replay goes back to.</summary>
    public InboxMark Met(WireMessage message)
    {
        var isFrom = RewoundTo is { } from && (message.Time >= from || message.Sequence > ReplayUntil) && message.Sequence <= ReplayUntil + 1;
        return isFrom ? this with { Accepted = message.Sequence - 1, MessageId = Guid.Empty, RewoundTo = null } : this;
    }

    public Judgement Judge(WireMessage message)
    {
        if (message.Sequence > Accepted + 1)
            return Judgement.Gap;
        if (message.Sequence == Accepted + 1)
            return Blocked ? Judgement.Behind : Judgement.Next;
        return message.Sequence == Accepted && MessageId != Guid.Empty && MessageId != message.MessageId ? Judgement.OtherMessage : Judgement.Duplicate;
    }

    public InboxMark Accept(WireMessage message) => this with
    {
        Accepted = message.Sequence,
        MessageId = message.MessageId,
        LogId = message.LogId,
        RewoundTo = null,
    };

    public InboxMark CountWithoutHandler(WireMessage message) => message.Sequence <= CountedUntil ? this : this with { WithoutHandler = WithoutHandler + 1 };
}

internal enum Judgement
{
    /// <summary>The next one.</summary>
    Next,

    /// <summary>The next one of a stream that is parked.</summary>
    Behind,

    /// <summary>Taken in before: it does nothing.</summary>
    Duplicate,

    /// <summary>Something before it has not come yet.</summary>
    Gap,

    /// <summary>In the place of another message that was taken in: it does nothing, and is an alarm.</summary>
    OtherMessage,
}

/// <summary>What a mark is kept for.</summary>
internal readonly record struct MarkKey(string Topic, string Source, string Stream)
{
    public static MarkKey Of(string topic, WireMessage message) => new(topic, message.Source, message.Stream);

    /// <summary>By what tells nearly all of them apart: each message is looked up a number of times.</summary>
    public override int GetHashCode() => Stream.GetHashCode(StringComparison.Ordinal);
}

/// <summary>The partition has a newer owner; this process lets go of it.</summary>
internal sealed class ClaimLostException() : Exception("The partition was claimed by another process.");
