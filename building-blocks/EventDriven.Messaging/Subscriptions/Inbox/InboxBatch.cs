using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Failure;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>
/// The two things a lane does with its subscription's inbox; each lane has its own of this. Both are all or nothing, first with everything
/// pipelined and, where the database refused a statement, again with a savepoint around each message: then one failing message does not cost
/// the others.
/// </summary>
internal sealed class InboxBatch(InboxParts parts)
{
    private readonly PresumedMarks _presumed = new(parts.Subscription.StartsFromNow);

    public bool HasOutsideEffect(Incoming incoming) =>
        incoming.Message is { } message && parts.Subscription.HandlerOf(message) is { HasOutsideEffect: true };

    /// <summary>Takes messages in. A failure says how a single one failed when it was committed: it then counts as an attempt.</summary>
    public async Task<InboxOutcome> Take(IReadOnlyList<Incoming> messages, Exception? failure, CancellationToken ct)
    {
        var outside = messages.Count == 1 && HasOutsideEffect(messages[0]);
        var presumption = outside || failure is not null || parts.Breaker.IsOpen ? null : _presumed.Of(messages);
        if (presumption is not null)
        {
            try
            {
                return await WithCareIfNeeded(careful => Take(messages, careful ? null : presumption, begin: true, careful, failure, ct));
            }
            catch (Exception wrong) when (Failures.Of(wrong) is FailureKind.Race)
            {
                _presumed.WasWrong(KeysOf(messages)); // by its mark, or by what its handler appended: nothing of it is seen, and the database is asked
            }
        }
        return await WithCareIfNeeded(careful => Take(messages, presumption: null, begin: !outside, careful, failure, ct));
    }

    private async Task<InboxOutcome> Take(
        IReadOnlyList<Incoming> messages, Presumption? presumption, bool begin, bool careful, Exception? failure, CancellationToken ct)
    {
        var outcome = new InboxOutcome();
        await using var transaction = await InboxTransaction.Open(parts, [.. messages.Select(m => m.Claim).Distinct()], careful, ct);
        using var handling = new Handling(parts, transaction, outcome, failure);
        if (presumption is not null)
            await transaction.Presume(presumption, ct);
        else
            await transaction.Load([.. KeysOf(messages)], begin, ct);
        var intake = new Intake(parts, transaction, handling, outcome);
        foreach (var message in messages)
            await intake.Take(message, ct);
        await handling.Commit(ct);

        if (presumption is null)
            _presumed.Learn(transaction.Sources);
        foreach (var message in messages.Where(m => m.Message is not null))
        {
            var key = KeyOf(message);
            if (transaction.Moved.TryGetValue(key, out var moved))
                _presumed.Learn(key, message.Claim, moved);
        }
        return outcome;
    }

    /// <summary>Goes on with a stream that has messages set aside; a failure says how that failed when it was committed.</summary>
    public Task<InboxOutcome> Resume(KeyDue due, Exception? failure, CancellationToken ct) => WithCareIfNeeded(async careful =>
    {
        var outcome = new InboxOutcome();
        await using var transaction = await InboxTransaction.Open(parts, [due.Claim], careful, ct);
        using var handling = new Handling(parts, transaction, outcome, failure);
        _presumed.Forget(due.Key);
        await transaction.Load([due.Key], begin: false, ct);
        await new Resumption(parts, transaction, handling, outcome).Run(due.Key, ct);
        await handling.Commit(ct);
        return outcome;
    });

    private static IEnumerable<MarkKey> KeysOf(IReadOnlyList<Incoming> messages) => messages.Where(m => m.Message is not null).Select(KeyOf).Distinct();

    private static MarkKey KeyOf(Incoming message) => MarkKey.Of(message.Claim.Partition.Topic, message.Message!);

    private static async Task<InboxOutcome> WithCareIfNeeded(Func<bool, Task<InboxOutcome>> run)
    {
        try
        {
            return await run(false);
        }
        catch (Exception refused) when (refused is NeedsCareException
            || refused is PostgresException && Failures.Of(refused) is not (FailureKind.Outage or FailureKind.Race))
        {
            return await run(true);
        }
    }
}
