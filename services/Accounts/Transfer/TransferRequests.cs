using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Requests;

namespace EventDriven.Accounts.Transfer;

/// <summary>What is kept under the key of a transfer until it is answered.</summary>
internal sealed record BegunTransfer(TransferStarted Started, long SenderVersion, long ReceiverVersion, Cause Cause);

/// <summary>
/// Answers the request of a transfer that has started. It takes the steps itself, so that the usual answer is how it ended; when they
/// take too long the answer is that it is pending, and the follower of the log ends it. The first answer is kept for every repeat.
/// </summary>
internal sealed class TransferRequests(DeciderStore<AccountCommand, Account> accounts, TransferProcess process, IdempotentRequests requests, TimeProvider clock)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(2);

    public async Task<IResult> Finish(RequestKey key, BegunTransfer begun, CancellationToken ct)
    {
        var started = begun.Started;
        var (view, sender, receiver) = (new TransferView(started.TransferId, TransferView.Pending), begun.SenderVersion, begun.ReceiverVersion);
        try
        {
            // The steps are not taken back when they are late: they go on, and whatever stops them, the follower repeats them.
            (sender, receiver, view) = await Steps(begun, CancellationToken.None).WaitAsync(Within, clock, ct);
        }
        catch (Exception unfinished) when (unfinished is WrongExpectedVersionException || PostgresSession.IsRace(unfinished) || PostgresSession.IsOutage(unfinished))
        {
            // It is pending, and that is the answer: it has started, so it will end. A time-out counts as an outage.
        }
        return await requests.Settle(key, Outcome.Created($"/transfers/{started.TransferId}", view)
            .At(new AppendResult(accounts.Stream(started.From).ToString(), sender), new AppendResult(accounts.Stream(started.To).ToString(), receiver)), ct);
    }

    private async Task<(long Sender, long Receiver, TransferView View)> Steps(BegunTransfer begun, CancellationToken ct)
    {
        var started = begun.Started;
        var arrival = await process.Credit(started, begun.Cause, ct);
        var end = new EndTransfer(started.TransferId, started.To, started.Amount, started.Currency, arrival.Refusal);
        var ended = await process.End(started.From, end, TransferProcess.After(begun.Cause, arrival.MessageId), ct);
        return (ended.Version, arrival.Version, TransferView.EndOf(started.TransferId, arrival.Refusal));
    }
}
