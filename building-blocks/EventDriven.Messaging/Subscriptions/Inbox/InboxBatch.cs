using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Failure;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>
/// The two things a lane does with its subscription's inbox. Both are all or nothing, first with everything pipelined and, where the
/// database refused a statement, again with a savepoint around each message: then one failing message does not cost the others.
/// </summary>
internal sealed class InboxBatch(InboxParts parts)
{
    public bool HasOutsideEffect(Incoming incoming) =>
        incoming.Message is { } message && parts.Subscription.HandlerOf(message) is { HasOutsideEffect: true };

    /// <summary>Takes messages in. A failure says how a single one failed when it was committed: it then counts as an attempt.</summary>
    public Task<InboxOutcome> Take(IReadOnlyList<Incoming> messages, Exception? failure, CancellationToken ct) => WithCareIfNeeded(async careful =>
    {
        var outside = messages.Count == 1 && HasOutsideEffect(messages[0]);
        await using var transaction = await InboxTransaction.Open(parts, [.. messages.Select(m => m.Claim).Distinct()], careful, failure, ct);
        await transaction.Load([.. messages.Where(m => m.Message is not null).Select(m => MarkKey.Of(m.Claim.Partition.Topic, m.Message!)).Distinct()], begin: !outside, ct);
        foreach (var message in messages)
            await transaction.Take(message, ct);
        await transaction.Commit(ct);
        return transaction.Outcome;
    });

    /// <summary>Goes on with a stream that has messages set aside; a failure says how that failed when it was committed.</summary>
    public Task<InboxOutcome> Resume(KeyDue due, Exception? failure, CancellationToken ct) => WithCareIfNeeded(async careful =>
    {
        await using var transaction = await InboxTransaction.Open(parts, [due.Claim], careful, failure, ct);
        await transaction.Load([due.Key], begin: false, ct);
        await transaction.Resume(due.Key, ct);
        await transaction.Commit(ct);
        return transaction.Outcome;
    });

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
