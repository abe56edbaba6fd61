namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>Goes on with a stream that has messages set aside: those that are due run, in order, as far as it goes.</summary>
internal sealed class Resumption(InboxParts inbox, InboxTransaction transaction, Handling handling, InboxOutcome outcome)
{
    public async Task Run(MarkKey key, CancellationToken ct)
    {
        if (!transaction.Sources.TryGetValue(key.Source, out var log))
            return;
        var rows = await transaction.Queue.Query(inbox.Statements.OpenOf(key, log.LogId, inbox.Options.BatchSize), InboxStatements.ReadParked, ct);
        if (rows.Count == 0)
            return;
        var mark = (transaction.Marks.GetValueOrDefault(key) ?? InboxMark.Unmet(rows[0].Message, inbox.Subscription.StartsFromNow)) with { Blocked = false, Waiting = false };
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (row.State is not ParkedState.Waiting && mark.Blocked)
                continue; // parked behind what stays
            if (row.State is ParkedState.Dead || row is { State: ParkedState.Failing, RetryIn.Ticks: > 0 })
            {
                mark = mark with { Blocked = true };
                if (row.RetryIn is { } wait)
                    outcome.Due.Add((key, row.Partition, wait));
                continue;
            }
            if (row.State is ParkedState.Waiting && row.Message.Sequence > mark.Accepted + 1)
            {
                mark = mark with { Waiting = true };
                break;
            }
            if (handling.HasOutsideEffect(row) && transaction.HasBegun)
            {
                // It runs before a transaction begins, so it is the first of the next one.
                mark = mark with { Blocked = rows.Skip(i).Any(r => r.State is not ParkedState.Waiting), Waiting = rows.Skip(i).Any(r => r.State is ParkedState.Waiting) };
                outcome.Resumable.Add((key, row.Partition));
                break;
            }
            mark = await Take(row, mark, ct);
        }
        if (rows.Count(r => r.State is not ParkedState.Waiting) == inbox.Options.BatchSize && !mark.Blocked)
        {
            mark = mark with { Blocked = true }; // there is more than was read
            outcome.Resumable.Add((key, rows[0].Partition));
        }
        await transaction.EnsureBegun(ct);
        transaction.Move(key, mark);
    }

    private async Task<InboxMark> Take(ParkedMessage row, InboxMark mark, CancellationToken ct)
    {
        if (row.State is ParkedState.Waiting && mark.Blocked)
        {
            await transaction.EnsureBegun(ct);
            transaction.SetAside(row with { State = ParkedState.Parked, Cause = null });
            return mark.Accept(row.Message);
        }
        if (row.State is ParkedState.Waiting && row.Message.Sequence <= mark.Accepted)
        {
            await transaction.EnsureBegun(ct);
            transaction.Queue.Add(inbox.Statements.Unpark(row)); // it came another way meanwhile
            return mark;
        }
        return await handling.Run(row, mark, isParked: true, ct);
    }
}
