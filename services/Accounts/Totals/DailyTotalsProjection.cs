using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing.Projections;
using EventDriven.Log;

namespace EventDriven.Accounts.Totals;

/// <summary>What was deposited, withdrawn and transferred in each currency on each day (UTC, as recorded).</summary>
internal sealed class DailyTotalsProjection : IProjection
{
    public const string ReadModel = "daily-totals";

    public string Name => ReadModel;

    public int Version => 1;

    public IEnumerable<Sql> Project(ProjectedEvent recorded, ReadTables tables) => recorded.Event switch
    {
        MoneyDeposited e => [Add(recorded, tables, e.Currency, deposited: e.Amount)],
        MoneyWithdrawn e => [Add(recorded, tables, e.Currency, withdrawn: e.Amount)],
        TransferCompleted e when e.AccountId == e.To => [Add(recorded, tables, e.Currency, transferred: e.Amount)], // told by the receiver: once
        _ => [],
    };

    private static Sql Add(ProjectedEvent recorded, ReadTables tables, string currency, long deposited = 0, long withdrawn = 0, long transferred = 0) => new($"""
        insert into {tables["accounts.daily_totals"]} as d (day, currency, deposited, withdrawn, transferred) values ($1, $2, $3, $4, $5)
        on conflict (day, currency) do update
        set deposited = d.deposited + excluded.deposited, withdrawn = d.withdrawn + excluded.withdrawn, transferred = d.transferred + excluded.transferred
        """, DateOnly.FromDateTime(recorded.RecordedAt.UtcDateTime), currency, deposited, withdrawn, transferred);
}
