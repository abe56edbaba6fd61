using Confluent.Kafka;
using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>
/// One partition while it is ours: the epoch that our writes must carry, and the low-water mark of what is done. Lanes finish out of
/// order; the mark moves only when all earlier offsets are done.
/// </summary>
internal sealed class PartitionClaim(TopicPartition partition, long epoch, long? nextOffset)
{
    private readonly Lock _lock = new();
    private readonly Queue<long> _started = new();
    private readonly HashSet<long> _done = [];
    private long? _next = nextOffset;

    public TopicPartition Partition { get; } = partition;

    public long Epoch { get; } = epoch;

    /// <summary>The partition went to somebody else: what is left of it here is dropped, its writes would be refused.</summary>
    public bool Revoked { get; set; }

    /// <summary>What the database says.</summary>
    public long? Written { get; set; } = nextOffset;

    /// <summary>What was last given to Kafka's own bookkeeping, for the tools.</summary>
    public long? Stored { get; set; } = nextOffset;

    /// <summary>Everything before this offset is done; null before the first message.</summary>
    public long? Next
    {
        get
        {
            lock (_lock)
                return _next;
        }
    }

    public int InFlight
    {
        get
        {
            lock (_lock)
                return _started.Count;
        }
    }

    public void Start(long offset)
    {
        lock (_lock)
        {
            _started.Enqueue(offset);
            _next ??= offset;
        }
    }

    public void Done(long offset)
    {
        lock (_lock)
        {
            _done.Add(offset);
            while (_started.TryPeek(out var oldest) && _done.Remove(oldest))
            {
                _started.Dequeue();
                _next = oldest + 1;
            }
        }
    }
}

/// <summary>A message on its way through a lane. Message is null, with a reason, where it cannot be attributed to a stream.</summary>
internal sealed record Incoming(PartitionClaim Claim, long Offset, Message<byte[]?, byte[]?> Raw, WireMessage? Message, string Unreadable)
{
    public static Incoming Read(PartitionClaim claim, ConsumeResult<byte[]?, byte[]?> consumed) =>
        new(claim, consumed.Offset, consumed.Message, WireMessage.TryRead(consumed.Message, out var message, out var reason) ? message : null, reason);
}
