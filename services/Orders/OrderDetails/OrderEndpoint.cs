using EventDriven.Contracts.Orders;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Orders.Rules;
using EventDriven.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventDriven.Orders.OrderDetails;

/// <summary>What an order has been through, and when that was recorded.</summary>
internal sealed record Stage(string Status, DateTimeOffset At);

/// <summary>The words for it.</summary>
internal static class Stages
{
    public const string Pending = "pending", Placed = "placed", Rejected = "rejected", Shipped = "shipped";

    public static string Of(Order order) => order.Status switch
    {
        OrderStatus.Pending => Pending,
        OrderStatus.Rejected => Rejected,
        OrderStatus.Shipped => Shipped,
        _ => Placed,
    };
}

internal sealed record OrderView(Guid OrderId, string Status, long Total, string Currency, IReadOnlyList<Stage> History);

/// <summary>One order, folded from the log, with what it has been through.</summary>
internal static class OrderEndpoint
{
    private const int MostEvents = 10; // an order has three at most

    extension(IEndpointRouteBuilder app)
    {
        public void MapOrder() => app.MapGet("/orders/{id}", Get).WithTags("Orders").WithSummary("An order and its history, from the log: every answered write is in it")
            .OnlyForOwner(OwnerOf).Produces<OrderView>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<OrderView>> Get(Guid id, EventLog log, CancellationToken ct)
    {
        var stream = OrderDecider.Decider.Stream(id);
        var (order, history) = (Order.Initial, new List<Stage>());
        foreach (var recorded in await log.Reader.Stream(stream, fromVersion: 0, MostEvents, ct))
        {
            order = OrderDecider.Evolve(order, Read(recorded, log.Types));
            history.Add(new(Stages.Of(order), recorded.RecordedAt));
        }
        return history is [.., var now]
            ? TypedResults.Ok(new OrderView(order.Id, now.Status, order.Total, order.Currency, history))
            : throw new StreamNotFoundException(stream);
    }

    private static async ValueTask<Guid?> OwnerOf(EndpointFilterInvocationContext request)
    {
        var orders = request.HttpContext.RequestServices.GetRequiredService<DeciderStore<OrderCommand, Order>>();
        var order = await orders.Load(OrderDecider.Decider.Stream(request.GetArgument<Guid>(0)), request.HttpContext.RequestAborted);
        return order.Exists ? order.State.UserId : null;
    }

    private static IOrderEvent Read(RecordedEvent recorded, MessageTypes types) => types.TryGet(recorded.Type, out var type)
        ? (IOrderEvent)type.Read(recorded.Type, recorded.Data)
        : throw new UnreadableMessageException(recorded.Type, "this service declares no such message type");
}
