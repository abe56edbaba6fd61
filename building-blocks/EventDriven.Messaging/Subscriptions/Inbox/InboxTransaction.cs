using System.Diagnostics;
using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Failure;
using EventDriven.Messaging.Wire;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>
/// One transaction of a subscription: the handlers' effects, the marks, what was set aside, and the fence. Nothing of it is seen
/// before all of it is. A handler that fails costs its own message only: what it queued is taken back. Where the database itself
/// refuses a statement the transaction is lost; it is run again carefully, with a savepoint around each message.
/// </summary>
internal sealed class InboxTransaction : IAsyncDisposable
{
    private const string Savepoint = "message";

    private readonly InboxParts _inbox;
    private readonly bool _careful;
    private readonly Exception? _failure;
    private readonly NpgsqlConnection _connection;
    private readonly StatementQueue _queue;
    private readonly IReadOnlyCollection<PartitionClaim> _claims;
    private readonly long _started;
    private readonly Dictionary<MarkKey, InboxMark> _marks = [];
    private readonly Dictionary<MarkKey, InboxMark> _moved = [];
    private readonly Dictionary<string, (Guid LogId, Guid[] Former)> _sources = new(StringComparer.Ordinal);
    private readonly List<Activity> _activities = [];
    private readonly List<(ParkedMessage Message, bool HasHandler)> _taken = [];
    private readonly List<(MarkKey Key, int Attempts, Exception Failure)> _failed = [];

    private InboxTransaction(InboxParts inbox, NpgsqlConnection connection, IReadOnlyCollection<PartitionClaim> claims, bool careful, Exception? failure)
    {
        (_inbox, _connection, _claims, _careful, _failure) = (inbox, connection, claims, careful, failure);
        _queue = new(connection);
        _started = inbox.Clock.GetTimestamp();
    }

    /// <summary>What is to be looked at later.</summary>
    public InboxOutcome Outcome { get; } = new();

    /// <summary>The marks that it moves, with the revisions that they had.</summary>
    public IReadOnlyDictionary<MarkKey, InboxMark> Moved => _moved;

    /// <summary>The logs of the sources.</summary>
    public IReadOnlyDictionary<string, (Guid LogId, Guid[] Former)> Sources => _sources;

    /// <param name="inbox">What it works with.</param>
    /// <param name="claims">The partitions whose messages it handles.</param>
    /// <param name="careful">With a savepoint around each message.</param>
    /// <param name="failure">How its one message failed when it was committed before: it is not run again now.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<InboxTransaction> Open(
        InboxParts inbox, IReadOnlyCollection<PartitionClaim> claims, bool careful, Exception? failure, CancellationToken ct) =>
        new(inbox, await inbox.Database.OpenConnectionAsync(ct), claims, careful, failure);

    /// <summary>Reads the marks of the streams, fenced in one round trip where the transaction begins with it.</summary>
    public async Task<IReadOnlyDictionary<MarkKey, InboxMark>> Load(IReadOnlyCollection<MarkKey> keys, bool begin, CancellationToken ct)
    {
        if (begin)
            _queue.Transaction = await _connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(_connection, _queue.Transaction);
        if (begin)
            batch.BatchCommands.Add(_inbox.Statements.Fence(_claims));
        batch.BatchCommands.Add(_inbox.Statements.ReadMarks(keys));
        batch.BatchCommands.Add(_inbox.Statements.ReadSources());
        await using var row = await batch.ExecuteReaderAsync(ct);
        if (begin)
        {
            await CheckFence(row, ct);
            await row.NextResultAsync(ct);
        }
        while (await row.ReadAsync(ct))
        {
            var (key, mark) = InboxStatements.ReadMark(row);
            _marks.Add(key, mark);
        }
        await row.NextResultAsync(ct);
        while (await row.ReadAsync(ct))
            _sources.Add(row.GetString(0), (row.GetGuid(1), row.GetFieldValue<Guid[]>(2)));
        return _marks;
    }

    /// <summary>Begins on marks that are presumed: nothing is sent before something is asked, or all is committed.</summary>
    public async Task Presume(Presumption presumed, CancellationToken ct)
    {
        _queue.Transaction = await _connection.BeginTransactionAsync(ct);
        _queue.Add(_inbox.Statements.Hold(_claims, presumed.Sources));
        foreach (var (key, mark) in presumed.Marks)
            _marks.Add(key, mark);
        foreach (var (source, log) in presumed.Sources)
            _sources.Add(source, log);
    }

    /// <summary>Takes in a message that came from the topic or by backfill, as its stream's mark says.</summary>
    public async Task Take(Incoming incoming, CancellationToken ct)
    {
        if (incoming.Message is not { } message)
        {
            _queue.Add(_inbox.Statements.Quarantine(incoming));
            Outcome.Quarantined.Add(incoming);
            return;
        }
        var log = LogOf(message);
        if (message.LogId == Guid.Empty)
            message = message with { LogId = log.LogId }; // from somewhere that has no log
        var candidate = new ParkedMessage(message, incoming.Claim.Partition.Topic, incoming.Claim.Partition.Partition.Value, incoming.Offset, ParkedState.Waiting);
        if (message.LogId != log.LogId && !log.Former.Contains(message.LogId))
        {
            SetAside(candidate with { Cause = $"{message.Source} has a new log: it was restored, and an operator must accept it" });
            return;
        }

        if (_inbox.Subscription.StartsFromNow && incoming.Offset is null && message.Time < incoming.Claim.BeganOn && !_marks.ContainsKey(candidate.Key))
            return; // its sender still holds it, but it is from before 'now'
        var mark = (_marks.GetValueOrDefault(candidate.Key) ?? InboxMark.Unmet(message, _inbox.Subscription.StartsFromNow)).Met(message);
        var judgement = mark.Judge(message);
        if (message.LogId != log.LogId && candidate.Offset is not null && judgement is not Judgement.Duplicate)
        {
            SetAside(candidate with { Cause = $"comes from before the restore of {message.Source}, which is asked whether it still holds it" });
            return;
        }
        switch (judgement)
        {
            case Judgement.Next:
                Move(candidate.Key, await Handle(candidate, mark, isParked: false, ct));
                break;
            case Judgement.Behind:
                SetAside(candidate with { State = ParkedState.Parked });
                Move(candidate.Key, mark.Accept(message));
                break;
            case Judgement.Gap:
                SetAside(candidate with { Cause = $"waits for {mark.Accepted + 1}" });
                Move(candidate.Key, mark with { Waiting = true });
                Outcome.Gaps.Add((candidate.Key, mark.Accepted + 1, message.Sequence));
                break;
            case Judgement.OtherMessage:
                Outcome.OtherMessages.Add((candidate.Key, message.Sequence, message.MessageId));
                break;
        }
    }

    /// <summary>Goes on with a stream that has messages set aside: those that are due run, in order, as far as it goes.</summary>
    public async Task Resume(MarkKey key, CancellationToken ct)
    {
        if (!_sources.TryGetValue(key.Source, out var log))
            return;
        var rows = await _inbox.Statements.OpenOf(key, log.LogId, _inbox.Options.BatchSize).Query(_connection, InboxStatements.ReadParked, ct);
        if (rows.Count == 0)
            return;
        var mark = (_marks.GetValueOrDefault(key) ?? InboxMark.Unmet(rows[0].Message, _inbox.Subscription.StartsFromNow)) with { Blocked = false, Waiting = false };
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (row.State is not ParkedState.Waiting && mark.Blocked)
                continue; // parked behind what stays
            if (row.State is ParkedState.Dead || row is { State: ParkedState.Failing, RetryIn.Ticks: > 0 })
            {
                mark = mark with { Blocked = true };
                if (row.RetryIn is { } wait)
                    Outcome.Due.Add((key, row.Partition, wait));
                continue;
            }
            if (row.State is ParkedState.Waiting && row.Message.Sequence > mark.Accepted + 1)
            {
                mark = mark with { Waiting = true };
                break;
            }
            if (HasOutsideEffect(row) && _queue.Transaction is not null)
            {
                // It runs before a transaction begins, so it is the first of the next one.
                mark = mark with { Blocked = rows.Skip(i).Any(r => r.State is not ParkedState.Waiting), Waiting = rows.Skip(i).Any(r => r.State is ParkedState.Waiting) };
                Outcome.Resumable.Add((key, row.Partition));
                break;
            }
            if (row.State is ParkedState.Waiting && mark.Blocked)
            {
                await EnsureBegun(ct);
                SetAside(row with { State = ParkedState.Parked, Cause = null });
                mark = mark.Accept(row.Message);
            }
            else if (row.State is ParkedState.Waiting && row.Message.Sequence <= mark.Accepted)
            {
                await EnsureBegun(ct);
                _queue.Add(_inbox.Statements.Unpark(row)); // it came another way meanwhile
            }
            else
            {
                mark = await Handle(row, mark, isParked: true, ct);
            }
        }
        if (rows.Count(r => r.State is not ParkedState.Waiting) == _inbox.Options.BatchSize && !mark.Blocked)
        {
            mark = mark with { Blocked = true }; // there is more than was read
            Outcome.Resumable.Add((key, rows[0].Partition));
        }
        await EnsureBegun(ct);
        Move(key, mark);
    }

    /// <summary>Makes all of it true at once.</summary>
    /// <exception cref="BreakerOpenException">Nothing went through and too much failed: nothing is committed.</exception>
    public async Task Commit(CancellationToken ct)
    {
        if (_queue is { Transaction: null, Count: 0 } && _moved.Count == 0)
            return; // nothing to say
        await EnsureBegun(ct);
        var handled = _taken.Count(t => t.HasHandler);
        if (handled == 0 && _failed.Count > 0 && IsOutage())
            throw new BreakerOpenException(_failed[^1].Failure);

        var took = _inbox.Clock.GetElapsedTime(_started);
        foreach (var group in _taken.Where(t => t.Message.Offset is not null).GroupBy(t => (t.Message.Topic, t.Message.Partition, t.Message.Attempts)))
            _queue.Add(_inbox.Statements.RecordBatch(new(group.Key.Topic, group.Key.Partition), [.. group.Select(t => t.Message.Offset!.Value)],
                group.Count(t => t.HasHandler), group.Key.Attempts + 1, took));
        if (_moved.Count > 0)
            _queue.Add(_inbox.Statements.MoveMarks(_moved));
        await _queue.Commit(ct);

        if (handled > 0)
            _inbox.Breaker.Succeeded();
        if (_queue.HasAppends)
            _inbox.Log.Committed();
        foreach (var (key, mark) in _moved.Where(m => m.Value.Waiting && !m.Value.Blocked && _taken.Any(t => t.Message.Key == m.Key)))
            Outcome.Resumable.Add((key, _taken.First(t => t.Message.Key == key).Message.Partition));
        foreach (var topic in _taken.GroupBy(t => t.Message.Topic))
            MessagingTelemetry.Took(_inbox.Subscription.Name, topic.Key, topic.Count(), topic.Count(t => t.HasHandler), took);
    }

    public async ValueTask DisposeAsync()
    {
        _activities.ForEach(a => a.Dispose());
        if (_queue.Transaction is not null)
            await _queue.Transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Only first failures speak for an outage: what has failed before, while others went through, fails again for itself.</summary>
    private bool IsOutage()
    {
        foreach (var (key, _, failure) in _failed.Where(f => f.Attempts == 1))
            _inbox.Breaker.Failed(key, failure);
        return _inbox.Breaker.IsOpen;
    }

    private bool HasOutsideEffect(ParkedMessage message) => _inbox.Subscription.HandlerOf(message.Message) is { HasOutsideEffect: true };

    private (Guid LogId, Guid[] Former) LogOf(WireMessage message)
    {
        if (!_sources.TryGetValue(message.Source, out var log))
        {
            _sources.Add(message.Source, log = (message.LogId, []));
            _queue.Add(_inbox.Statements.MeetSource(message.Source, message.LogId));
        }
        return log;
    }

    /// <summary>Runs the handler, and says what becomes of the message and of its stream.</summary>
    private async Task<InboxMark> Handle(ParkedMessage message, InboxMark mark, bool isParked, CancellationToken ct)
    {
        var handler = _inbox.Subscription.HandlerOf(message.Message);
        var accepted = message.Message.Sequence == mark.Accepted + 1 ? mark.Accept(message.Message) : mark;
        if (handler is null)
        {
            await EnsureBegun(ct);
            return Done(accepted.CountWithoutHandler(message.Message), hasHandler: false);
        }

        var failure = await Attempt(handler, message, mark, ct);
        if (failure is null)
            return Done(accepted, hasHandler: true);
        var attempts = message.Attempts + 1;
        var failed = message with { Attempts = attempts, Cause = $"{failure.GetType().Name}: {failure.Message}" };
        if (Failures.Of(failure) is FailureKind.Refused)
        {
            SetAside(failed with { State = ParkedState.Refused, Cause = failure.Message });
            return accepted;
        }
        if (Failures.Of(failure) is not FailureKind.Unreadable)
            _failed.Add((message.Key, attempts, failure));
        var retryIn = Failures.Of(failure) is FailureKind.Unreadable ? null : RetryPolicy.Next(attempts, _inbox.Options.MaxAttempts);
        SetAside(failed with { State = retryIn is null ? ParkedState.Dead : ParkedState.Failing, RetryIn = retryIn });
        if (retryIn is { } wait)
            Outcome.Due.Add((message.Key, message.Partition, wait));
        Outcome.Failures.Add((failed, failure));
        return accepted with { Blocked = true };

        InboxMark Done(InboxMark after, bool hasHandler)
        {
            if (isParked)
                _queue.Add(_inbox.Statements.Unpark(message));
            _taken.Add((message, hasHandler));
            return after;
        }
    }

    /// <summary>Runs the handler once; null when it went through. An outage or a race is thrown on: it is not the message's failure.</summary>
    private async Task<Exception?> Attempt(Subscription.Handler handler, ParkedMessage message, InboxMark mark, CancellationToken ct)
    {
        var isReplay = message.Message.Sequence <= mark.ReplayUntil;
        if (handler.HasOutsideEffect && isReplay)
        {
            await EnsureBegun(ct);
            return null; // held: it had its effect then
        }
        if (_failure is not null)
        {
            await EnsureBegun(ct);
            return _failure;
        }
        var activity = MessagingTelemetry.StartProcess(_inbox.Subscription.Name, message);
        if (activity is not null)
            _activities.Add(activity);
        if (!handler.HasOutsideEffect)
            await EnsureBegun(ct);
        if (_careful && _queue.Transaction is not null)
            await SetSavepoint(ct);
        var (queued, flushes) = (_queue.Count, _queue.Flushes);
        try
        {
            await handler.Run(_inbox.Services, message.Message, new MessageContext(message.Message, _inbox.Log, _queue, isReplay), ct);
            await EnsureBegun(ct);
            if (_careful)
            {
                await _queue.Flush(ct);
                await _queue.Transaction!.ReleaseAsync(Savepoint, ct);
            }
            return null;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && Failures.Of(failure) is not (FailureKind.Outage or FailureKind.Race))
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            if (_careful && _queue.Transaction is { } transaction)
            {
                _queue.TruncateTo(0);
                await transaction.RollbackAsync(Savepoint, ct);
                await transaction.ReleaseAsync(Savepoint, ct);
            }
            else if (_queue.Transaction is not null && (failure is PostgresException || _queue.Flushes != flushes))
            {
                throw new NeedsCareException(failure); // the transaction is lost, or holds half of what the handler wanted
            }
            else
            {
                _queue.TruncateTo(queued);
            }
            await EnsureBegun(ct);
            return failure;
        }
    }

    private async Task SetSavepoint(CancellationToken ct)
    {
        await _queue.Flush(ct);
        await _queue.Transaction!.SaveAsync(Savepoint, ct);
    }

    /// <summary>A transaction that did not begin with its marks begins here, fenced.</summary>
    private async Task EnsureBegun(CancellationToken ct)
    {
        if (_queue.Transaction is not null)
            return;
        _queue.Transaction = await _connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(_connection, _queue.Transaction);
        batch.BatchCommands.Add(_inbox.Statements.Fence(_claims));
        await using (var row = await batch.ExecuteReaderAsync(ct))
            await CheckFence(row, ct);
        if (_careful)
            await _queue.Transaction.SaveAsync(Savepoint, ct);
    }

    private async Task CheckFence(NpgsqlDataReader row, CancellationToken ct)
    {
        var held = 0;
        while (await row.ReadAsync(ct))
            held++;
        if (held != _claims.Count)
            throw new ClaimLostException();
    }

    private void SetAside(ParkedMessage message) => _queue.Add(_inbox.Statements.Park(message));

    private void Move(MarkKey key, InboxMark mark) => _marks[key] = _moved[key] = mark;
}
