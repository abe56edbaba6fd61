using EventDriven.ServiceDefaults;
using Npgsql;

namespace EventDriven.Fulfilment.Orders;

/// <summary>Where an order is on its way out of the house.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Status"><c>waiting</c> for the other half, <c>stalled</c> when that has not come for too long, <c>shipping</c>, or <c>shipped</c>.</param>
/// <param name="PlacedAt">When the order came here; null when it has not.</param>
/// <param name="PaidAt">When its payment came here; null when it has not.</param>
/// <param name="StalledAt">When it was said that the other half does not come; null when it never was.</param>
/// <param name="ShippedAt">When it was shipped; null when it was not yet.</param>
internal sealed record OrderState(
    Guid OrderId, string Status, DateTimeOffset? PlacedAt, DateTimeOffset? PaidAt, DateTimeOffset? StalledAt, DateTimeOffset? ShippedAt);

internal static class OrdersEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapOrders() => app.MapGet("/orders/{orderId:guid}", Get).WithTags("Orders")
            .WithSummary("Where an order is on its way out; 404 until one half of it has arrived here")
            .OnlyForServices().Produces<OrderState>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Get(Guid orderId, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select max(arrived_at) filter (where half = 'order'), max(arrived_at) filter (where half = 'payment'),
                   (select stalled_at from fulfilment.outcomes where order_id = $1), (select shipped_at from fulfilment.outcomes where order_id = $1)
            from fulfilment.arrivals where order_id = $1 having count(*) > 0
            """);
        command.Parameters.Add(new() { Value = orderId });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
            return TypedResults.Problem("Nothing of such an order has arrived here.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");

        var (placed, paid, stalled, shipped) = (Time(0), Time(1), Time(2), Time(3));
        var status = shipped is not null ? "shipped" : (placed, paid) is ({ }, { }) ? "shipping" : stalled is not null ? "stalled" : "waiting";
        return TypedResults.Ok(new OrderState(orderId, status, placed, paid, stalled, shipped));

        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
    }
}
