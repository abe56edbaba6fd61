using EventDriven.Log;

namespace EventDriven.Contracts.Orders;

/// <summary>What Orders says to others: the last word on each order. Amounts are integer minor units, 1 to 10^15.</summary>
public static class OrdersContract
{
    public const string Events = "orders.events";

    public static MessageTypes Types { get; } =
    [
        MessageType.Published<OrderPlaced>("orders.order-placed.v1", Events),
        MessageType.Published<OrderRejected>("orders.order-rejected.v1", Events),
    ];
}

/// <summary>Something that happened to one order.</summary>
public interface IOrderEvent
{
    Guid OrderId { get; }
}

/// <summary>The order stands and is paid.</summary>
public sealed record OrderPlaced(Guid OrderId, Guid UserId, Guid AccountId, long Total, string Currency, IReadOnlyList<OrderLine> Lines) : IOrderEvent;

/// <summary>The order will never be: no money was taken for it, and why.</summary>
public sealed record OrderRejected(
    Guid OrderId, Guid UserId, Guid AccountId, long Total, string Currency, IReadOnlyList<OrderLine> Lines, string Reason) : IOrderEvent;

/// <summary>So many of one thing, and what one of it costs.</summary>
public sealed record OrderLine(string Sku, int Quantity, long UnitPrice);
