using System.Collections.Concurrent;
using Confluent.Kafka;
using EventDriven.Messaging.Subscriptions.Inbox;
using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>One life of a subscription's consumer: from subscribing to a failure or the end.</summary>
internal sealed class Session : IDisposable
{
    private static readonly TimeSpan BrokerAnswersWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainBudget = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LostIsFinalAfter = TimeSpan.FromSeconds(2); // by then the broker has said who has the partition

    private const int LooksEvery = 50; // messages; sooner where none comes

    private readonly Subscription _subscription;
    private readonly PartitionTable _table;
    private readonly Lane[] _lanes;
    private readonly TimeProvider _clock;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly ConcurrentDictionary<TopicPartition, PartitionClaim> _claims = new();
    private readonly ConcurrentDictionary<TopicPartition, long> _ends = new();
    private readonly ConcurrentDictionary<TopicPartition, (long? Next, DateTimeOffset? At)> _unread = new();
    private readonly FirstUnread _firstUnread;
    private long? _lostAt;

    public Session(Subscription subscription, PartitionTable table, KafkaClients kafka, Lane[] lanes, int maxInFlight, TimeProvider clock)
    {
        (_subscription, _table, _lanes, _clock) = (subscription, table, lanes, clock);
        _firstUnread = new(subscription.Name, kafka);
        _consumer = kafka.Consumer(subscription.Name)
            .SetErrorHandler((_, error) => BrokerTrouble = error.Code switch
            {
                ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed => error.Reason,
                ErrorCode.Local_AllBrokersDown => BrokerTrouble ?? error.Reason, // that is what it leads to
                _ => BrokerTrouble,
            })
            .SetPartitionsAssignedHandler((_, assigned) => Claim(assigned))
            .SetPartitionsRevokedHandler((_, revoked) => Release([.. revoked.Select(r => r.TopicPartition)], drain: true))
            .SetPartitionsLostHandler((_, lost) => Release([.. lost.Select(l => l.TopicPartition)], drain: false))
            .Build();
        Flow = new(_consumer, _claims, maxInFlight, clock);
        _consumer.Subscribe(subscription.Topics);
    }

    public bool HasBeenAssigned { get; private set; }

    /// <summary>What the broker calls us in the group, as of the last assignment.</summary>
    public string? Member { get; private set; }

    /// <summary>What is held back, and why.</summary>
    public FlowControl Flow { get; }

    /// <summary>Called when a topic no longer holds what was to be read next: topic, partition, offset.</summary>
    public required Action<TopicPartition, long?> Forgotten { get; init; }

    public IEnumerable<(PartitionClaim Claim, long End)> Partitions =>
        _claims.Values.Select(c => (c, Math.Max(_consumer.GetWatermarkOffsets(c.Partition).High.Value, _ends.GetValueOrDefault(c.Partition))));

    /// <summary>When the oldest message of our partitions that is not done was published, as far as that is known.</summary>
    public DateTimeOffset? Oldest => Partitions.Select(p => p.Claim.Oldest
        ?? (p.End > (p.Claim.Next ?? 0) && _unread.TryGetValue(p.Claim.Partition, out var first) && first.Next == p.Claim.Next ? first.At : null)).Min();

    /// <summary>Why the broker cannot be reached; null while it can.</summary>
    public string? BrokerTrouble { get; private set; }

    public PartitionClaim? ClaimOf(string topic, int partition) => _claims.GetValueOrDefault(new(topic, partition));

    /// <summary>Polls until the end; a partition is paused while it must wait, the poll never is.</summary>
    public void Poll(TimeSpan pollTime, CancellationToken ct)
    {
        for (var sinceLook = 0; !ct.IsCancellationRequested; sinceLook++)
        {
            // Where what comes next is gone, the client throws and is done with that partition: a new session claims it and goes on after it.
            var consumed = _consumer.Consume(pollTime);
            if (consumed is not null)
                Dispatch(consumed);
            else if (BrokerTrouble is not null)
                AskBroker();
            if (consumed is not null && sinceLook < LooksEvery && !Flow.IsFull)
                continue;
            sinceLook = 0;
            Flow.Apply(ct);
            StoreOffsets();
            EndWhenLost();
        }
    }

    /// <summary>A claim whose epoch is not the database's is lost, also while nothing is written that would show it.</summary>
    public void Compare(IReadOnlyDictionary<TopicPartition, long> epochs)
    {
        foreach (var claim in _claims.Values.Where(c => epochs.GetValueOrDefault(c.Partition, c.Epoch) > c.Epoch))
            claim.Lose();
    }

    /// <summary>Asks what waits on partitions that are not fetched from: the client hears of it only with what it fetches.</summary>
    public void LookAhead()
    {
        foreach (var claim in _claims.Values.Where(c => Flow.HoldsBack(c.Partition)))
        {
            var (end, next) = (_consumer.QueryWatermarkOffsets(claim.Partition, BrokerAnswersWithin).High.Value, claim.Next);
            if (end > (next ?? 0) && claim.InFlight == 0 && !(_unread.TryGetValue(claim.Partition, out var known) && known.Next == next && known.At is not null))
                _unread[claim.Partition] = (next, _firstUnread.At(claim.Partition, next));
            _ends[claim.Partition] = end;
        }
    }

    /// <summary>Lets go of everything, so that leaving the group has nothing to wait for.</summary>
    public void Abandon()
    {
        foreach (var claim in _claims.Values)
            claim.Revoke();
        _claims.Clear();
    }

    /// <summary>Gives a lane something to do.</summary>
    public void Give(string stream, LaneWork work) => _lanes[(int)((uint)stream.GetHashCode(StringComparison.Ordinal) % _lanes.Length)].Add(work);

    public void MoveOffsets() => _table.Write([.. Moved(_claims.Values)]);

    /// <summary>Lets what is on its way through the lanes come to its end, and writes how far that is.</summary>
    public void Drain()
    {
        Drain(_claims.Values, DrainBudget);
        MoveOffsets();
        StoreOffsets();
    }

    public void Dispose()
    {
        Flow.Stop();
        _firstUnread.Dispose();
        _consumer.Close();
        _consumer.Dispose();
        Flow.Dispose();
    }

    private static IEnumerable<(PartitionClaim Claim, long Next)> Moved(IEnumerable<PartitionClaim> claims)
    {
        foreach (var claim in claims)
        {
            if (claim.Next is { } next && next != claim.Written)
                yield return (claim, next);
        }
    }

    private void Dispatch(ConsumeResult<byte[]?, byte[]?> consumed)
    {
        if (!_claims.TryGetValue(consumed.TopicPartition, out var claim))
            return; // given up while it was on its way here; the new owner reads it
        claim.Start(consumed.Offset, WireMessage.TimeOf(consumed.Message));
        var incoming = Incoming.Read(claim, consumed, _subscription);
        Give(incoming.Message?.Stream ?? "", incoming);
        BrokerTrouble = null;
    }

    /// <summary>The client tells when the broker goes, not when it is back.</summary>
    private void AskBroker()
    {
        if (_claims.Keys.FirstOrDefault() is not { } any)
            return; // an assignment ends it
        try
        {
            _consumer.QueryWatermarkOffsets(any, TimeSpan.FromSeconds(1));
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

    private List<TopicPartitionOffset> Claim(List<TopicPartition> assigned)
    {
        var claims = _table.Claim(assigned);
        Place(claims);
        foreach (var claim in claims)
        {
            claim.Moved = Flow.Moved;
            _claims[claim.Partition] = claim;
        }
        Flow.Assigned(assigned);
        Flow.Held = Forgetful(_table.WithPendingHistory());
        Member = _consumer.MemberId;
        HasBeenAssigned = true;
        BrokerTrouble = null;
        return [.. claims.Select(claim => new TopicPartitionOffset(claim.Partition, claim.Next is { } next ? new Offset(next) : Offset.Beginning))];
    }

    /// <summary>Says where claims begin of which the database does not know it, or no longer; it is written down before anything moves.</summary>
    private void Place(IReadOnlyList<PartitionClaim> claims)
    {
        List<PartitionClaim> begins = [], forgetful = [];
        var bounds = Bounds([.. claims.Select(c => c.Partition)]);
        foreach (var claim in claims)
        {
            var (low, high) = bounds[claim.Partition];
            if (claim.Next is null && _subscription.StartsFromNow)
            {
                claim.StartAt(high);
                begins.Add(claim);
            }
            else if (claim.Next < low || claim.Next > high)
            {
                Forgotten(claim.Partition, claim.Next);
                claim.StartAt(low);
                forgetful.Add(claim);
            }
        }
        _table.Begin(begins);
        _table.GoOnAfterWhatIsForgotten(forgetful);
    }

    /// <summary>Those that no longer begin at their beginning: streams in them would only wait for what their senders still have.</summary>
    private HashSet<string> Forgetful(IReadOnlySet<string> topics) =>
        [.. Bounds([.. _claims.Keys.Where(p => topics.Contains(p.Topic))]).Where(b => b.Value.Low > 0).Select(b => b.Key.Topic)];

    /// <summary>Where partitions begin and end now; the broker is asked about all of them at once.</summary>
    private Dictionary<TopicPartition, (long Low, long High)> Bounds(IReadOnlyCollection<TopicPartition> partitions)
    {
        var (lows, highs) = (Ask(Offset.Beginning), Ask(Offset.End));
        return partitions.ToDictionary(p => p, p => (lows[p], highs[p]));

        // Kafka's protocol asks for both ends as for times that nothing was sent at.
        Dictionary<TopicPartition, long> Ask(Offset end) => partitions.Count == 0 ? [] :
            _consumer.OffsetsForTimes(partitions.Select(p => new TopicPartitionTimestamp(p, new Timestamp(end.Value, TimestampType.NotAvailable))), BrokerAnswersWithin)
                .ToDictionary(answer => answer.TopicPartition, answer => answer.Offset.Value);
    }

    private void Release(TopicPartition[] partitions, bool drain)
    {
        List<PartitionClaim> released = [];
        foreach (var partition in partitions)
        {
            if (_claims.TryRemove(partition, out var claim))
                released.Add(claim);
        }
        if (drain)
        {
            Drain(released, DrainBudget);
            _table.Write([.. Moved(released)]);
        }
        released.ForEach(c => c.Revoke());
    }

    private void Drain(IEnumerable<PartitionClaim> claims, TimeSpan budget)
    {
        var started = _clock.GetTimestamp();
        SpinWait.SpinUntil(() => claims.All(c => c.InFlight == 0 || c.Revoked) || _clock.GetElapsedTime(started) > budget);
    }

    /// <summary>
    /// A write was refused, so somebody else has claimed the partition. If the broker does not take it from us either, it was a replay,
    /// or we are not whom the broker thinks of: a new session claims what is ours.
    /// </summary>
    private void EndWhenLost()
    {
        if (!_claims.Values.Any(c => c.IsLost))
            _lostAt = null;
        else if ((_lostAt ??= _clock.GetTimestamp()) is var at && _clock.GetElapsedTime(at) > LostIsFinalAfter)
            throw new ClaimLostException();
    }
}
