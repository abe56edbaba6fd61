using Confluent.Kafka;
using EventDriven.Messaging.Subscriptions.Inbox;
using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>Something for the lane of a stream.</summary>
internal abstract record LaneWork(PartitionClaim Claim);

/// <summary>A stream with messages set aside may go on.</summary>
internal sealed record KeyDue(PartitionClaim Claim, MarkKey Key) : LaneWork(Claim);

/// <summary>A message on its way through a lane. Message is null, with a reason, where it cannot be attributed to a stream.</summary>
internal sealed record Incoming(PartitionClaim Claim, WireMessage? Message) : LaneWork(Claim)
{
    /// <summary>Where it is on the topic; null when it came by backfill.</summary>
    public long? Offset { get; private init; }

    /// <summary>As it is on the topic; null when it came by backfill.</summary>
    public Message<byte[]?, byte[]?>? Raw { get; private init; }

    public string Unreadable { get; private init; } = "";

    private BackfilledPage? Page { get; init; }

    public static Incoming Read(PartitionClaim claim, ConsumeResult<byte[]?, byte[]?> consumed, Subscription subscription)
    {
        var readable = WireMessage.TryRead(consumed.Message, out var message, out var reason);
        if (message is { Subject: not null, IsOrdered: false } && subscription.NeedsOrder(message.Type))
            (readable, reason) = (false, $"header ce_sequence is missing, and messages of {message.Type} have an order");
        return new(claim, readable ? message : null) { Offset = consumed.Offset, Raw = consumed.Message, Unreadable = reason };
    }

    /// <summary>The same message, as one that is kept raw.</summary>
    public Incoming Unattributed(string reason) => this with { Message = null, Unreadable = reason };

    public static Incoming Backfilled(PartitionClaim claim, WireMessage message, BackfilledPage page) => new(claim, message) { Page = page };

    /// <summary>It needs no more work from this process.</summary>
    public void Done()
    {
        if (Offset is { } offset)
            Claim.Done(offset);
        Page?.Done();
    }
}

/// <summary>Messages that were read together from a sender's log.</summary>
internal sealed class BackfilledPage(int messages)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = messages;

    /// <summary>Ends when all of them are done.</summary>
    public Task All => _all.Task;

    public void Done()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _all.TrySetResult();
    }
}
