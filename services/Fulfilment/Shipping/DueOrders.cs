using EventDriven.Fulfilment.Arrivals;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Fulfilment.Shipping;

/// <summary>An order whose timers are up, and which of them.</summary>
internal sealed record DueOrder(Order Order, string[] Timers);

/// <summary>What a look at the timers finds, all by the database's clock, which every replica shares.</summary>
/// <param name="Due">Orders to decide about.</param>
/// <param name="Now">When it was looked.</param>
/// <param name="NextDue">When the earliest timer that is left is up.</param>
/// <param name="Stalled">How many orders are stalled.</param>
internal sealed record Look(IReadOnlyList<DueOrder> Due, DateTimeOffset Now, DateTimeOffset? NextDue, long Stalled)
{
    public int Timers => Due.Sum(d => d.Timers.Length);
}

/// <summary>The timers as statements. A half's timer goes only together with what was decided because of it.</summary>
internal sealed class DueOrders(NpgsqlDataSource database)
{
    /// <summary>
    /// Takes what is due, so that other replicas leave it alone: its timers move on by five seconds, and are up again then if this process does
    /// not come to a decision. Nobody waits for that to be on disk: a crash only has them up earlier.
    /// </summary>
    public async Task<Look> Look(int limit, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new("select set_config('synchronous_commit', 'off', true)"));
        batch.BatchCommands.Add(new("""
            select now(), (select min(due_at) from fulfilment.timers where due_at > now()), (select count(*) from fulfilment.outcomes where shipped_at is null)
            """));
        batch.BatchCommands.Add(new("""
            with up as (
                select order_id, half from fulfilment.timers where due_at <= now() order by due_at limit $1 for update skip locked),
            taken as (
                update fulfilment.timers t set due_at = now() + interval '5 seconds' from up where (t.order_id, t.half) = (up.order_id, up.half)
                returning t.order_id, t.half),
            due as (select order_id, array_agg(half) as timers from taken group by order_id)
            select d.order_id, d.timers, s.stalled_at, s.shipped_at,
                   o.user_id, o.arrived_at, o.correlation_id, o.message_id, o.traceparent, p.user_id, p.arrived_at, p.correlation_id, p.message_id, p.traceparent
            from due d
            -- order by order: left to itself, the planner reads all that there ever were
            left join lateral (select * from fulfilment.outcomes where order_id = d.order_id offset 0) s on true
            left join lateral (select * from fulfilment.arrivals where order_id = d.order_id and half = 'order' offset 0) o on true
            left join lateral (select * from fulfilment.arrivals where order_id = d.order_id and half = 'payment' offset 0) p on true
            """)
        { Parameters = { new() { Value = limit } } });
        await using var row = await batch.ExecuteReaderAsync(ct);
        await row.NextResultAsync(ct);
        await row.ReadAsync(ct);
        var (now, nextDue, stalled) = (row.GetFieldValue<DateTimeOffset>(0), Time(row, 1), row.GetInt64(2));
        await row.NextResultAsync(ct);
        List<DueOrder> due = [];
        while (await row.ReadAsync(ct))
            due.Add(new(new(row.GetGuid(0), ArrivalAt(row, 4), ArrivalAt(row, 9), Time(row, 2), Time(row, 3)), row.GetFieldValue<string[]>(1)));
        return new(due, now, nextDue, stalled);
    }

    public static Sql LookNow(Guid orderId, string half) =>
        new("insert into fulfilment.timers (order_id, half, due_at) values ($1, $2, now()) on conflict do nothing", orderId, half);

    public static Sql[] Shipped(Guid orderId) =>
    [
        new("insert into fulfilment.outcomes (order_id, shipped_at) values ($1, clock_timestamp()) on conflict (order_id) do update set shipped_at = excluded.shipped_at", orderId),
        new("delete from fulfilment.timers where order_id = $1", orderId),
    ];

    public static Sql[] Stalled(DueOrder due) =>
    [
        new("insert into fulfilment.outcomes (order_id, stalled_at) values ($1, clock_timestamp())", due.Order.OrderId),
        new("delete from fulfilment.timers where order_id = $1 and half = any ($2)", due.Order.OrderId, due.Timers),
    ];

    /// <summary>Moves the timers of each order to a later time; where there is none, they go.</summary>
    public async Task Move(IReadOnlyList<(DueOrder Due, DateTimeOffset? To)> moves, CancellationToken ct)
    {
        var timers = moves.SelectMany(m => m.Due.Timers.Select(half => (m.Due.Order.OrderId, Half: half, m.To))).ToArray();
        await using var command = database.CreateCommand("""
            with moves as (select * from unnest($1, $2, $3) m (order_id, half, due_at)),
            gone as (delete from fulfilment.timers t using moves m where (t.order_id, t.half) = (m.order_id, m.half) and m.due_at is null)
            update fulfilment.timers t set due_at = m.due_at from moves m where (t.order_id, t.half) = (m.order_id, m.half) and m.due_at is not null
            """);
        command.Parameters.Add(new() { Value = timers.Select(t => t.OrderId).ToArray() });
        command.Parameters.Add(new() { Value = timers.Select(t => t.Half).ToArray() });
        command.Parameters.Add(new() { Value = timers.Select(t => t.To).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static Arrival? ArrivalAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : new(
        row.GetGuid(column), row.GetFieldValue<DateTimeOffset>(column + 1),
        new(row.GetGuid(column + 2), row.GetGuid(column + 3), row.IsDBNull(column + 4) ? null : row.GetString(column + 4)));
}
