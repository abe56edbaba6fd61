using EventDriven.Contracts.Accounts;
using EventDriven.Log;
using EventDriven.Log.Sequencing;

namespace EventDriven.Accounts.Transfer;

/// <summary>Goes on with every transfer from Accounts' own log, so that it ends whatever became of the request.</summary>
internal sealed class TransferFollower(EventLog log, TransferProcess process) : ILogFollower
{
    public string Name => "transfers";

    public Task Handle(RecordedEvent recorded, CancellationToken ct)
    {
        var cause = TransferProcess.After(recorded.Cause, recorded.MessageId);
        return log.Types.TryGet(recorded.Type, out var type) && type.ClrType.IsAssignableTo(typeof(ITransferEvent))
            ? type.Read(recorded.Type, recorded.Data) switch
            {
                TransferStarted e => process.Credit(e, cause, ct),
                TransferCompleted e when e.AccountId == e.To => process.End(e.From, new(e.TransferId, e.To, e.Amount, e.Currency, Refusal: null), cause, ct),
                TransferRefused e when e.AccountId == e.To => process.End(e.From, new(e.TransferId, e.To, e.Amount, e.Currency, e.Reason), cause, ct),
                _ => Task.CompletedTask, // the sender's last word
            }
            : Task.CompletedTask;
    }
}
