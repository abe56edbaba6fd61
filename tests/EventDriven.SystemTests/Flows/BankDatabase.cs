using EventDriven.Contracts.Accounts;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.Flows;

/// <summary>The database of Accounts, as its superuser sees it.</summary>
internal sealed class BankDatabase(RunningSystem system)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Superuser => new NpgsqlConnectionStringBuilder(system.Postgres) { Database = "accounts" }.ConnectionString;

    /// <summary>From here on no event of this type can be written, as when the database is too busy; until <see cref="Unblock"/>.</summary>
    public Task Block(string type) => BlockBefore($"insert on log.events for each row when (new.type = '{type}')");

    /// <summary>From here on no sender hears how its transfer ended.</summary>
    public Task BlockEnds() => BlockBefore("update on accounts.transfers for each row");

    /// <summary>From here on no request that was begun is answered.</summary>
    public Task BlockAnswers() => BlockBefore("update on log.outcomes for each row");

    public Task Unblock() => Execute(string.Join(';', ((string[])["log.events", "log.outcomes", "accounts.transfers"]).Select(table => $"drop trigger if exists blocked on {table}")));

    /// <summary>Only a superuser who switches the triggers off gets this far.</summary>
    public Task Tamper(string sql) => Execute($"set session_replication_role = replica; {sql}; set session_replication_role = origin");

    /// <summary>Reads the log in its order as far as it has positions, and checks it.</summary>
    public async Task<Ledger> ReadLedger()
    {
        var ledger = new Ledger();
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("""
            select p.position, e.type, e.data from log.positions p join log.events e on e.id = p.event_id where e.stream like 'account-%' order by p.position
            """, connection);
        await using var row = await command.ExecuteReaderAsync(Ct);
        while (await row.ReadAsync(Ct))
        {
            Assert.True(AccountsContract.Types.TryGet(row.GetString(1), out var type));
            ledger.Take(row.GetInt64(0), (IAccountEvent)type.Read(row.GetString(1), row.GetFieldValue<byte[]>(2)));
        }
        return ledger;
    }

    /// <summary>The ledger when every event has its position and no transfer is on its way.</summary>
    public async Task<Ledger> ReadLedgerAtRest()
    {
        await Eventually.Equal(0L, () => Scalar("""
            select (select count(*) from log.events e where not exists (select from log.positions p where p.event_id = e.id))
                 + (select count(*) from accounts.transfers where status = 'pending')
            """), "events without a position, and pending transfers", TimeSpan.FromSeconds(60));
        var ledger = await ReadLedger();
        Assert.Equal(0, ledger.Pending);
        return ledger;
    }

    public async Task<long> Scalar(string sql)
    {
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Ct), System.Globalization.CultureInfo.InvariantCulture);
    }

    private Task BlockBefore(string what) => Execute($"""
        create or replace function public.block() returns trigger language plpgsql as $f$ begin raise exception 'blocked by a test' using errcode = 'lock_not_available'; end $f$;
        create trigger blocked before {what} execute function public.block()
        """);

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
