using System.Diagnostics;
using EventDriven.Messaging.Subscriptions.Failure;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>
/// Runs the handlers of one transaction's messages, and says what becomes of each message and of its stream. A handler that fails costs its own
/// message only: what it queued is taken back. Where the database itself refuses a statement, the transaction is lost and is to be run again carefully.
/// </summary>
/// <param name="inbox">What it works with.</param>
/// <param name="transaction">Where the effects go.</param>
/// <param name="outcome">What is to be looked at later.</param>
/// <param name="failure">How its one message failed when it was committed before: it is not run again now.</param>
internal sealed class Handling(InboxParts inbox, InboxTransaction transaction, InboxOutcome outcome, Exception? failure) : IDisposable
{
    private readonly long _started = inbox.Clock.GetTimestamp();
    private readonly List<Activity> _activities = [];
    private readonly List<(ParkedMessage Message, bool HasHandler)> _taken = [];
    private readonly List<(MarkKey Key, int Attempts, Exception Failure)> _failed = [];

    public bool HasOutsideEffect(ParkedMessage message) => inbox.Subscription.HandlerOf(message.Message) is { HasOutsideEffect: true };

    /// <summary>Runs the message's handler where it has one; returns what its stream's mark is after it.</summary>
    public async Task<InboxMark> Run(ParkedMessage message, InboxMark mark, bool isParked, CancellationToken ct)
    {
        var handler = inbox.Subscription.HandlerOf(message.Message);
        var accepted = message.Message.Sequence == mark.Accepted + 1 ? mark.Accept(message.Message) : mark;
        if (handler is null)
        {
            await transaction.EnsureBegun(ct);
            return Done(accepted.CountWithoutHandler(message.Message), hasHandler: false);
        }
        return await Attempt(handler, message, mark, ct) is { } how ? Failed(message, accepted, how) : Done(accepted, hasHandler: true);

        InboxMark Done(InboxMark after, bool hasHandler)
        {
            if (isParked)
                transaction.Queue.Add(inbox.Statements.Unpark(message));
            _taken.Add((message, hasHandler));
            return after;
        }
    }

    /// <summary>Commits the transaction with the record of what was taken in.</summary>
    /// <exception cref="BreakerOpenException">Nothing went through and too much failed: nothing is committed.</exception>
    public async Task Commit(CancellationToken ct)
    {
        if (transaction.IsEmpty)
            return;
        await transaction.EnsureBegun(ct);
        var handled = _taken.Count(t => t.HasHandler);
        if (handled == 0 && _failed.Count > 0 && IsOutage())
            throw new BreakerOpenException(_failed[^1].Failure);

        var took = inbox.Clock.GetElapsedTime(_started);
        foreach (var group in _taken.Where(t => t.Message.Offset is not null).GroupBy(t => (t.Message.Topic, t.Message.Partition, t.Message.Attempts)))
            transaction.Queue.Add(inbox.Statements.RecordBatch(new(group.Key.Topic, group.Key.Partition), [.. group.Select(t => t.Message.Offset!.Value)],
                group.Count(t => t.HasHandler), group.Key.Attempts + 1, took));
        await transaction.Commit(ct);

        if (handled > 0)
            inbox.Breaker.Succeeded();
        foreach (var (key, _) in transaction.Moved.Where(m => m.Value.Waiting && !m.Value.Blocked && _taken.Any(t => t.Message.Key == m.Key)))
            outcome.Resumable.Add((key, _taken.First(t => t.Message.Key == key).Message.Partition));
        foreach (var topic in _taken.GroupBy(t => t.Message.Topic))
            MessagingTelemetry.Took(inbox.Subscription.Name, topic.Key, topic.Count(), topic.Count(t => t.HasHandler), took);
    }

    /// <summary>Ends the spans of what was handled: they say how long it took until it was committed.</summary>
    public void Dispose() => _activities.ForEach(a => a.Dispose());

    private InboxMark Failed(ParkedMessage message, InboxMark accepted, Exception how)
    {
        var attempts = message.Attempts + 1;
        var tried = message with { Attempts = attempts, Cause = $"{how.GetType().Name}: {how.Message}" };
        if (Failures.Of(how) is FailureKind.Refused)
        {
            transaction.SetAside(tried with { State = ParkedState.Refused, Cause = how.Message });
            return accepted;
        }
        if (Failures.Of(how) is not FailureKind.Unreadable)
            _failed.Add((message.Key, attempts, how));
        var retryIn = Failures.Of(how) is FailureKind.Unreadable ? null : RetryPolicy.Next(attempts, inbox.Options.MaxAttempts);
        transaction.SetAside(tried with { State = retryIn is null ? ParkedState.Dead : ParkedState.Failing, RetryIn = retryIn });
        if (retryIn is { } wait)
            outcome.Due.Add((message.Key, message.Partition, wait));
        outcome.Failures.Add((tried, how));
        return accepted with { Blocked = true };
    }

    /// <summary>Runs the handler once; null when it went through. An outage or a race is thrown on: it is not the message's failure.</summary>
    private async Task<Exception?> Attempt(Subscription.Handler handler, ParkedMessage message, InboxMark mark, CancellationToken ct)
    {
        var isReplay = message.Message.Sequence <= mark.ReplayUntil;
        if (handler.HasOutsideEffect && isReplay)
        {
            await transaction.EnsureBegun(ct);
            return null; // held: it had its effect then
        }
        if (failure is not null)
        {
            await transaction.EnsureBegun(ct);
            return failure;
        }
        var activity = MessagingTelemetry.StartProcess(inbox.Subscription.Name, message);
        if (activity is not null)
            _activities.Add(activity);
        if (!handler.HasOutsideEffect)
            await transaction.EnsureBegun(ct);
        if (transaction is { IsCareful: true, HasBegun: true })
            await transaction.Save(ct);
        var (queued, flushes) = (transaction.Queue.Count, transaction.Queue.Flushes);
        try
        {
            await handler.Run(inbox.Services, message.Message, new MessageContext(message.Message, inbox.Log, transaction.Queue, isReplay), ct);
            await transaction.EnsureBegun(ct);
            if (transaction.IsCareful)
                await transaction.Release(ct);
            return null;
        }
        catch (Exception how) when (!ct.IsCancellationRequested && Failures.Of(how) is not (FailureKind.Outage or FailureKind.Race))
        {
            activity?.SetStatus(ActivityStatusCode.Error, how.GetType().Name);
            if (transaction is { IsCareful: true, HasBegun: true })
                await transaction.RollBack(ct);
            else if (transaction.HasBegun && (how is PostgresException || transaction.Queue.Flushes != flushes))
                throw new NeedsCareException(how); // the transaction is lost, or holds half of what the handler wanted
            else
                transaction.Queue.TruncateTo(queued);
            await transaction.EnsureBegun(ct);
            return how;
        }
    }

    /// <summary>Only first failures speak for an outage: what has failed before, while others went through, fails again for itself.</summary>
    private bool IsOutage()
    {
        foreach (var (key, _, first) in _failed.Where(f => f.Attempts == 1))
            inbox.Breaker.Failed(key, first);
        return inbox.Breaker.IsOpen;
    }
}
