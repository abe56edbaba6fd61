using EventDriven.Log;
using Npgsql;

namespace EventDriven.Insights.Counting;

/// <summary>So much of one source's messages is in one figure.</summary>
internal sealed record Total(string Source, string Figure, string Currency, long Messages, decimal Amount, DateTimeOffset Latest);

/// <summary>The totals, and what has been added since they last took something in. Read together they are exact at every moment.</summary>
internal sealed class Totals(NpgsqlDataSource database)
{
    /// <summary>Empties all that handlers wrote. The lock waits for additions that are being taken in, and for no reader.</summary>
    public static Sql[] Reset { get; } =
    [
        new("lock table insights.totals in exclusive mode"),
        new("delete from insights.totals"),
        new("delete from insights.additions"),
    ];

    public async Task<IReadOnlyList<Total>> Read(CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select source, figure, currency, sum(messages)::bigint, sum(amount), max(latest)
            from (select source, figure, currency, messages, amount, latest from insights.totals
                  union all
                  select source, figure, currency, 1, amount, recorded_at from insights.additions) parts
            group by source, figure, currency order by source, figure, currency
            """);
        await using var row = await command.ExecuteReaderAsync(ct);
        List<Total> totals = [];
        while (await row.ReadAsync(ct))
            totals.Add(new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetDecimal(4), row.GetFieldValue<DateTimeOffset>(5)));
        return totals;
    }

    /// <summary>Takes in up to so many additions, and says how many it were. Several replicas may do it at once: a row is taken by one.</summary>
    public async Task<long> TakeIn(int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            with taken as (
                delete from insights.additions where id in (select id from insights.additions order by id limit $1)
                returning source, figure, currency, amount, recorded_at),
            sums as (
                insert into insights.totals as t (source, figure, currency, messages, amount, latest)
                select source, figure, currency, count(*), sum(amount), max(recorded_at) from taken group by source, figure, currency
                order by source, figure, currency
                on conflict (source, figure, currency) do update
                set messages = t.messages + excluded.messages, amount = t.amount + excluded.amount, latest = greatest(t.latest, excluded.latest))
            select count(*) from taken
            """);
        command.Parameters.Add(new() { Value = limit });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
