using System.Text.Json;
using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.Log;
using EventDriven.Orders.OrderDetails;
using EventDriven.ServiceDefaults;
using Npgsql;

namespace EventDriven.Orders.OrderList;

/// <summary>Some orders, and where the next page begins; null on the last.</summary>
internal sealed record OrderPage(IReadOnlyList<OrderView> Items, Guid? Next);

internal static class OrderListEndpoint
{
    private const int DefaultLimit = 50, HighestLimit = 200;

    extension(IEndpointRouteBuilder app)
    {
        public void MapOrderList() => app.MapGet("/orders", List).IncludesWritesOf(OrderListProjection.Id).WithTags("Orders")
            .WithSummary("The orders of a user, the oldest first; it may lag, unless includes names what it is to wait for")
            .OnlyFor(request => request.GetArgument<Guid>(0)).Produces<OrderPage>().ProducesValidationProblem();
    }

    private static async Task<IResult> List(Guid userId, Guid? after, int? limit, NpgsqlDataSource database, CancellationToken ct)
    {
        var most = limit ?? DefaultLimit;
        if (most is < 1 or > HighestLimit)
            return TypedResults.ValidationProblem([new("limit", [$"A page has 1 to {HighestLimit} orders."])], type: "/problems/bad-request");

        await using var command = database.CreateCommand("""
            select order_id, status, total, currency, history::text from orders.order_list
            where user_id = $1 and order_id > $2 order by order_id limit $3
            """);
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new() { Value = after ?? Guid.Empty });
        command.Parameters.Add(new() { Value = most + 1 }); // one more tells whether there is a next page
        await using var row = await command.ExecuteReaderAsync(ct);
        List<OrderView> orders = [];
        while (await row.ReadAsync(ct))
            orders.Add(new(row.GetGuid(0), row.GetString(1), row.GetInt64(2), row.GetString(3), JsonSerializer.Deserialize<Stage[]>(row.GetString(4), EventLog.Json)!));
        return TypedResults.Ok(orders.Count > most ? new OrderPage(orders[..most], orders[most - 1].OrderId) : new OrderPage(orders, Next: null));
    }
}
