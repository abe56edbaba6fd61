using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing.Projections;
using EventDriven.Log;

namespace EventDriven.Accounts.Statement;

/// <summary>A line for everything that moved money, with the balance after it.</summary>
internal sealed class StatementProjection : IProjection
{
    public const string ReadModel = "statement";

    public string Name => ReadModel;

    public int Version => 1;

    public IEnumerable<Sql> Project(ProjectedEvent recorded, ReadTables tables)
    {
        if (recorded.Event is not IAccountEvent happened || AmountOf(happened) is not { } amount)
            yield break;
        var lines = tables["accounts.statement"];
        yield return new($"""
            insert into {lines} (account_id, version, at, effective_at, type, transfer_id, amount, balance)
            values ($1, $2, $3, $4, $5, $6::uuid, $7, $7 + coalesce((select l.balance from {lines} l where l.account_id = $1 and l.version < $2 order by l.version desc limit 1), 0))
            """, happened.AccountId, recorded.Version, recorded.RecordedAt.ToUniversalTime(), recorded.EffectiveAt.ToUniversalTime(),
            recorded.Type, (happened as ITransferEvent)?.TransferId, amount);
    }

    /// <summary>What the event does to the balance; null where it does nothing to it.</summary>
    private static long? AmountOf(IAccountEvent happened) => happened switch
    {
        MoneyDeposited e => e.Amount,
        MoneyWithdrawn e => -e.Amount,
        TransferStarted e => -e.Amount,
        TransferCompleted e when e.AccountId == e.To => e.Amount,
        TransferRefused { IsReturned: true } e => e.Amount,
        _ => null,
    };
}
