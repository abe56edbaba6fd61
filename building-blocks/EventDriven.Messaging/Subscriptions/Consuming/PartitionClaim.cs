using Confluent.Kafka;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>
/// One partition while it is ours: the epoch that our writes must carry, and the low-water mark of what is done. Lanes finish out of
/// order; the mark moves only when all earlier offsets are done.
/// </summary>
internal sealed class PartitionClaim(TopicPartition partition, long epoch, long? nextOffset, DateTimeOffset beganOn = default)
{
    private readonly Lock _lock = new();
    private readonly Queue<(long Offset, DateTimeOffset At)> _started = new();
    private readonly HashSet<long> _done = [];
    private long? _next = nextOffset;

    public TopicPartition Partition { get; } = partition;

    public long Epoch { get; } = epoch;

    /// <summary>When the subscription first had it.</summary>
    public DateTimeOffset BeganOn { get; } = beganOn;

    /// <summary>What is left of it here is dropped: it went to somebody else, and writes would be refused.</summary>
    public bool Revoked { get; private set; }

    /// <summary>The database refused a write: somebody else claimed it, though the broker has not said so.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Called when the mark has moved.</summary>
    public Action? Moved { get; set; }

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

    /// <summary>When the oldest message that is in hand was published.</summary>
    public DateTimeOffset? Oldest
    {
        get
        {
            lock (_lock)
                return _started.TryPeek(out var oldest) ? oldest.At : null;
        }
    }

    public void Start(long offset, DateTimeOffset publishedAt)
    {
        lock (_lock)
        {
            _started.Enqueue((offset, publishedAt));
            _next ??= offset;
        }
    }

    public void Done(long offset)
    {
        var hasMoved = false;
        lock (_lock)
        {
            _done.Add(offset);
            while (_started.TryPeek(out var oldest) && _done.Remove(oldest.Offset))
            {
                _started.Dequeue();
                _next = oldest.Offset + 1;
                hasMoved = true;
            }
        }
        if (hasMoved)
            Moved?.Invoke();
    }

    /// <summary>Where it begins, before anything is read: when nothing says so yet, or what was to come next is gone.</summary>
    public void StartAt(long offset)
    {
        lock (_lock)
            _next = offset;
    }

    public void Revoke() => Revoked = true;

    public void Lose() => Revoked = IsLost = true;
}
