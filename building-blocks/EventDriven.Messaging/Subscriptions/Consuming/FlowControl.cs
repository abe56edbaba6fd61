using System.Collections.Concurrent;
using Confluent.Kafka;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>
/// Bounds what is in flight, and holds back what must wait: partitions are paused, the poll never is. What others want is written down by them, and done
/// on the polling thread.
/// </summary>
internal sealed class FlowControl(
    IConsumer<byte[]?, byte[]?> consumer, ConcurrentDictionary<TopicPartition, PartitionClaim> claims, int maxInFlight, TimeProvider clock) : IDisposable
{
    // A client that goes on after a pause takes up to a second until it fetches again. Until then the polling thread waits instead: the client keeps
    // its place in the group by itself, and a rebalance waits no longer than this.
    private static readonly TimeSpan PausesAfter = TimeSpan.FromMilliseconds(500);

    private readonly HashSet<TopicPartition> _paused = [];
    private readonly AutoResetEvent _moved = new(initialState: false);
    private volatile bool _isFull;
    private IReadOnlySet<string> _held = new HashSet<string>();

    /// <summary>An operator wants nothing to be taken in.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Nothing is taken in, as the operator wants it.</summary>
    public bool HasPaused { get; private set; }

    /// <summary>Topics that have forgotten something: they wait until their senders' history is read.</summary>
    public IReadOnlySet<string> Held
    {
        get => Volatile.Read(ref _held);
        set => Volatile.Write(ref _held, value);
    }

    /// <summary>As much is in flight as may be.</summary>
    public bool IsFull => _isFull;

    /// <summary>Whether nothing is fetched from the partition.</summary>
    public bool HoldsBack(TopicPartition partition) => IsPaused || _isFull || Held.Contains(partition.Topic);

    /// <summary>Something in flight is done.</summary>
    public void Moved()
    {
        if (_isFull)
            _moved.Set();
    }

    /// <summary>Holds only these of the topics that were held; an assignment that came meanwhile has the word.</summary>
    public void KeepHeld(IReadOnlySet<string> held, IReadOnlySet<string> kept) => Interlocked.CompareExchange(ref _held, kept, held);

    /// <summary>The client fetches from newly assigned partitions, whatever was before.</summary>
    public void Assigned(IEnumerable<TopicPartition> partitions) => _paused.ExceptWith(partitions);

    /// <summary>Pauses and resumes as things are now; waits a moment where room may come soon.</summary>
    public void Apply(CancellationToken ct)
    {
        var pausing = IsPaused;
        _isFull = InFlight > (_isFull ? maxInFlight / 2 : maxInFlight);
        if (_isFull && _paused.Count == 0 && !pausing)
            WaitForRoom(ct);
        HasPaused &= pausing;
        if (_paused.Count == 0 && !_isFull && !pausing && Held.Count == 0)
            return;

        var waits = claims.Keys.Where(p => _isFull || pausing || Held.Contains(p.Topic)).ToHashSet();
        _paused.IntersectWith(claims.Keys);
        TopicPartition[] pause = [.. waits.Except(_paused)], resume = [.. _paused.Except(waits)];
        if (pause.Length > 0)
            consumer.Pause(pause);
        if (resume.Length > 0)
            consumer.Resume(resume);
        _paused.UnionWith(pause);
        _paused.ExceptWith(resume);
        HasPaused = pausing;
    }

    /// <summary>Nobody waits for room any more, so nobody need signal it.</summary>
    public void Stop() => _isFull = false;

    public void Dispose() => _moved.Dispose();

    private int InFlight => claims.Values.Sum(c => c.InFlight);

    private void WaitForRoom(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (InFlight > maxInFlight / 2)
        {
            var left = PausesAfter - clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || WaitHandle.WaitAny([_moved, ct.WaitHandle], left) != 0)
                return;
        }
        _isFull = false;
    }
}
