using System.Collections.Concurrent;
using Confluent.Kafka;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>One life of a subscription's consumer: from subscribing to a failure or the end.</summary>
internal sealed class Session : IDisposable
{
    private static readonly TimeSpan BrokerAnswersWithin = TimeSpan.FromSeconds(1);

    private readonly Inbox _inbox;
    private readonly Lane[] _lanes;
    private readonly int _maxInFlight;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly ConcurrentDictionary<TopicPartition, PartitionClaim> _claims = new();
    private bool _paused;

    public Session(Subscription subscription, Inbox inbox, KafkaClients kafka, Lane[] lanes, int maxInFlight)
    {
        (_inbox, _lanes, _maxInFlight) = (inbox, lanes, maxInFlight);
        _consumer = kafka.Consumer(subscription.Name)
            .SetErrorHandler((_, error) => BrokerTrouble = error.Code == ErrorCode.Local_AllBrokersDown ? error.Reason : BrokerTrouble)
            .SetPartitionsAssignedHandler((_, assigned) => Claim(assigned))
            .SetPartitionsRevokedHandler((_, revoked) => Release(revoked.Select(r => r.TopicPartition)))
            .SetPartitionsLostHandler((_, lost) => Release(lost.Select(l => l.TopicPartition)))
            .Build();
        _consumer.Subscribe(subscription.Topics);
    }

    public bool HasBeenAssigned { get; private set; }

    public IEnumerable<(PartitionClaim Claim, long End)> Partitions =>
        _claims.Values.Select(c => (c, _consumer.GetWatermarkOffsets(c.Partition).High.Value));

    /// <summary>Why the broker cannot be reached; null while it can.</summary>
    public string? BrokerTrouble { get; private set; }

    /// <summary>Polls until the end; a partition is paused while too much is in flight, the poll never is.</summary>
    public void Poll(TimeSpan pollTime, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            if (_consumer.Consume(pollTime) is { } consumed)
                Dispatch(consumed);
            else if (BrokerTrouble is not null)
                AskBroker();
            Throttle();
            StoreOffsets();
        }
    }

    public async Task MoveOffsets(CancellationToken ct)
    {
        List<(PartitionClaim Claim, long Next)> moved = [];
        foreach (var claim in _claims.Values)
        {
            if (claim.Next is { } next && next != claim.Written)
                moved.Add((claim, next));
        }
        if (moved.Count == 0)
            return;
        await _inbox.MoveOffsets(moved, ct);
        foreach (var (claim, next) in moved)
            claim.Written = next;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private void Dispatch(ConsumeResult<byte[]?, byte[]?> consumed)
    {
        if (!_claims.TryGetValue(consumed.TopicPartition, out var claim))
            return; // given up while it was on its way here; the new owner reads it
        claim.Start(consumed.Offset);
        _lanes[LaneOf(consumed.Message.Key)].Add(Incoming.Read(claim, consumed));
        BrokerTrouble = null;
    }

    private int LaneOf(byte[]? key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        return (int)((uint)hash.ToHashCode() % _lanes.Length);
    }

    /// <summary>The client tells when the broker goes, not when it is back.</summary>
    private void AskBroker()
    {
        try
        {
            if (_claims.Keys.FirstOrDefault() is { } any)
                _consumer.QueryWatermarkOffsets(any, BrokerAnswersWithin);
            BrokerTrouble = null;
        }
        catch (KafkaException away)
        {
            BrokerTrouble = away.Error.Reason;
        }
    }

    /// <summary>On the polling thread, where no rebalance can come in between.</summary>
    private void StoreOffsets()
    {
        foreach (var claim in _claims.Values)
        {
            if (claim.Written is not { } written || written == claim.Stored)
                continue;
            _consumer.StoreOffset(new TopicPartitionOffset(claim.Partition, written));
            claim.Stored = written;
        }
    }

    private void Throttle()
    {
        var inFlight = _claims.Values.Sum(c => c.InFlight);
        if (!_paused && inFlight > _maxInFlight)
            _consumer.Pause(_consumer.Assignment);
        else if (_paused && inFlight < _maxInFlight / 2)
            _consumer.Resume(_consumer.Assignment);
        else
            return;
        _paused = !_paused;
    }

    private IEnumerable<TopicPartitionOffset> Claim(List<TopicPartition> assigned)
    {
        foreach (var claim in _inbox.Claim(assigned))
            _claims[claim.Partition] = claim;
        HasBeenAssigned = true;
        if (_paused)
            _consumer.Resume(_consumer.Assignment); // the next look pauses all of them, old and new, if need be
        _paused = false;
        return assigned.Select(p => new TopicPartitionOffset(p, _claims[p].Next is { } next ? new Offset(next) : Offset.Beginning));
    }

    private void Release(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            if (_claims.TryRemove(partition, out var claim))
                claim.Revoked = true;
        }
    }
}
