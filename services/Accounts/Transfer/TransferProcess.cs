using System.Diagnostics;
using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;

namespace EventDriven.Accounts.Transfer;

/// <summary>
/// Brings a transfer that has started to its end: the receiver takes the money or refuses it, then the sender hears of it. Each step
/// follows from the event before it and is done once however often it is tried, so the request, a repeat of it and the follower of the log
/// may all go on with it, in whatever process.
/// </summary>
internal sealed class TransferProcess(DeciderStore<AccountCommand, Account> accounts)
{
    /// <summary>The receiver's part. It can be done once only: a key of its own goes with it.</summary>
    public async Task<Arrival> Credit(TransferStarted started, Cause cause, CancellationToken ct)
    {
        var key = new RequestKey($"transfer-{started.TransferId}", "credit", Fingerprint: []);
        var receive = new ReceiveTransfer(started.TransferId, started.From, started.Amount, started.Currency);
        var outcome = await accounts.Execute(accounts.Stream(started.To), receive, key, cause, Arrival.Of, ct);
        return ((Outcome)outcome).Read<Arrival>();
    }

    /// <summary>The sender's end. A sender that knows of no such transfer in transit has ended it before.</summary>
    public Task<Decided<Account>> End(Guid from, EndTransfer end, Cause cause, CancellationToken ct) => accounts.Execute(accounts.Stream(from), end, cause, ct);

    /// <summary>Why the next step is taken: because of the event before it, in the same journey.</summary>
    public static Cause After(Cause before, Guid messageId) => new(before.CorrelationId, messageId, Activity.Current?.Id ?? before.TraceParent);
}

/// <summary>What the receiver said: the event of it, and why it refused; null when it took the money.</summary>
internal sealed record Arrival(long Version, Guid MessageId, string? Refusal)
{
    public static Outcome Of(Decided<Account> decided) =>
        Outcome.Ok(new Arrival(decided.Version, decided.Events[0].MessageId, (decided.Events[0].Data as TransferRefused)?.Reason));
}
