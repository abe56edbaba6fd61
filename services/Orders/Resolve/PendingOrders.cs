using Npgsql;

namespace EventDriven.Orders.Resolve;

/// <summary>The orders that wait for an answer. By the database's clock, which every replica shares.</summary>
internal sealed class PendingOrders(NpgsqlDataSource database)
{
    /// <summary>
    /// Takes some whose time has come. Each is put off at once, longer each time: a replica that ends half way leaves them to whoever looks
    /// then, and no transaction is open while Payments is asked.
    /// </summary>
    public async Task<IReadOnlyList<Guid>> Take(int limit, TimeSpan longestPause, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            update orders.pending p set asked = asked + 1, ask_at = clock_timestamp() + least($2, interval '1 second' * power(2, least(p.asked + 1, 20)))
            from (select order_id from orders.pending where ask_at <= clock_timestamp() order by ask_at limit $1 for update skip locked) due
            where p.order_id = due.order_id
            returning p.order_id
            """);
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = longestPause });
        await using var row = await command.ExecuteReaderAsync(ct);
        List<Guid> taken = [];
        while (await row.ReadAsync(ct))
            taken.Add(row.GetGuid(0));
        return taken;
    }

    /// <summary>Nothing is left to do for it.</summary>
    public async Task Forget(Guid orderId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from orders.pending where order_id = $1");
        command.Parameters.Add(new() { Value = orderId });
        await command.ExecuteNonQueryAsync(ct);
    }
}
