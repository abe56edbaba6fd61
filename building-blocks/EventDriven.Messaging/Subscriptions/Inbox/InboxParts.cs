using EventDriven.Log;
using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Failure;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>What the inbox of one subscription works with.</summary>
internal sealed record InboxParts(
    Subscription Subscription, EventLog Log, NpgsqlDataSource Database, Breaker Breaker, MessagingOptions Options, IServiceProvider Services, TimeProvider Clock)
{
    public InboxStatements Statements { get; } = new(Subscription.Name);
}

/// <summary>What a transaction leaves to be looked at.</summary>
internal sealed class InboxOutcome
{
    /// <summary>Streams with a message that is to be tried again, and when.</summary>
    public List<(MarkKey Key, int Partition, TimeSpan In)> Due { get; } = [];

    /// <summary>Streams that can go on at once.</summary>
    public List<(MarkKey Key, int Partition)> Resumable { get; } = [];

    /// <summary>Streams in which something is missing: from where, and what came instead.</summary>
    public List<(MarkKey Key, long Missing, long Came)> Gaps { get; } = [];

    /// <summary>Messages in the place of others that were taken in.</summary>
    public List<(MarkKey Key, long Sequence, Guid MessageId)> OtherMessages { get; } = [];

    /// <summary>Messages that failed, and how.</summary>
    public List<(ParkedMessage Message, Exception Failure)> Failures { get; } = [];

    /// <summary>Messages that could not be attributed to a stream.</summary>
    public List<Incoming> Quarantined { get; } = [];
}

/// <summary>A statement failed that was sent with others: the same messages, run with a savepoint around each, tell which one it was.</summary>
internal sealed class NeedsCareException(Exception inner) : Exception(inner.Message, inner);
