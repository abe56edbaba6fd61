using EventDriven.Contracts.Orders;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Orders.Rules;
using Npgsql;

namespace EventDriven.Orders.PlaceOrder;

/// <summary>
/// Which order came under which key, per user, and which orders wait for the resolver. Both change in the commit of the order's events:
/// a key is claimed together with its order or not at all, and no order is forgotten while it is pending.
/// </summary>
internal sealed class OrderKeys(NpgsqlDataSource database)
{
    private const string Constraint = "requests_pkey";

    public static bool IsTaken(Exception failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: Constraint };

    /// <summary>The order that came under the key; null when there is none yet.</summary>
    public async Task<Guid?> Find(Guid userId, string key, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select order_id from orders.requests where user_id = $1 and key = $2");
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new() { Value = key });
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }

    /// <param name="AskAfter">The resolver leaves an order to its own request for so long.</param>
    /// <param name="IsDoneWhenPlaced">Nothing is left to do for an order that was placed.</param>
    internal sealed record Projection(TimeSpan AskAfter, bool IsDoneWhenPlaced) : IInlineProjection
    {
        public IEnumerable<Sql> Project(StreamName stream, long version, NewEvent happened) => happened.Data switch
        {
            OrderRequested e =>
            [
                new("""
                    with claimed as (insert into orders.requests (user_id, key, order_id) values ($1, $2, $3))
                    insert into orders.pending (order_id, ask_at) values ($3, clock_timestamp() + $4)
                    """, e.UserId, e.Key, e.OrderId, AskAfter),
            ],
            OrderPlaced when !IsDoneWhenPlaced => [],
            OrderPlaced or OrderRejected => [new("delete from orders.pending where order_id = $1", stream.Id)],
            _ => [],
        };
    }
}
