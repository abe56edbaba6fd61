using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>A message that is set aside, and why.</summary>
internal sealed record ParkedMessage(WireMessage Message, string Topic, int Partition, long? Offset, ParkedState State)
{
    public int Attempts { get; init; }

    public string? Cause { get; init; }

    /// <summary>How long until it is tried again; null when it is not.</summary>
    public TimeSpan? RetryIn { get; init; }

    public MarkKey Key => MarkKey.Of(Topic, Message);
}

internal enum ParkedState
{
    /// <summary>For one that is missing, or for its source's new log to be accepted.</summary>
    Waiting,

    /// <summary>Failed, and has attempts left.</summary>
    Failing,

    /// <summary>Behind a failing or dead one.</summary>
    Parked,

    /// <summary>No attempts left: an operator redrives or skips it.</summary>
    Dead,

    /// <summary>A rule said no.</summary>
    Refused,

    /// <summary>An operator gave it up.</summary>
    Skipped,

    /// <summary>Its publisher was restored to a time before it.</summary>
    Lost,
}
