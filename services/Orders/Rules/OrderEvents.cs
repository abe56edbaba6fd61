using EventDriven.Contracts.Orders;
using EventDriven.Log;

namespace EventDriven.Orders.Rules;

/// <summary>Somebody wants this, and the payment is about to be asked for. Private: nothing is announced before it is known how that ends.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="UserId">Who orders.</param>
/// <param name="AccountId">Who pays.</param>
/// <param name="Total">What all lines come to.</param>
/// <param name="Currency">And of which money.</param>
/// <param name="Lines">What is ordered.</param>
/// <param name="Key">The client's key: a repeat finds the order by it.</param>
/// <param name="At">When the client was promised an answer within seconds.</param>
public sealed record OrderRequested(
    Guid OrderId, Guid UserId, Guid AccountId, long Total, string Currency, IReadOnlyList<OrderLine> Lines, string Key, DateTimeOffset At) : IOrderEvent;

/// <summary>Fulfilment has said that the order is on its way.</summary>
public sealed record ShipmentNoted(Guid OrderId) : IOrderEvent;

/// <summary>Everything that an order's stream may hold.</summary>
internal static class OrderEvents
{
    public static MessageTypes Types { get; } =
    [
        MessageType.Private<OrderRequested>("orders.order-requested.v1"),
        MessageType.Private<ShipmentNoted>("orders.shipment-noted.v1"),
        .. OrdersContract.Types,
    ];
}
