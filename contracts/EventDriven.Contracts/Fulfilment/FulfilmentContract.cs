using EventDriven.Log;

namespace EventDriven.Contracts.Fulfilment;

/// <summary>What Fulfilment says to others.</summary>
public static class FulfilmentContract
{
    public const string Events = "fulfilment.events";

    public static MessageTypes Types { get; } =
    [
        MessageType.Published<OrderShipped>("fulfilment.order-shipped.v1", Events),
        MessageType.Published<FulfilmentStalled>("fulfilment.fulfilment-stalled.v1", Events),
    ];
}

/// <summary>The order is on its way to the user.</summary>
public sealed record OrderShipped(Guid OrderId, Guid UserId);

/// <summary>One half of what an order needs has not come for too long: Missing is its message type. Should it come late, the order ships all the same.</summary>
public sealed record FulfilmentStalled(Guid OrderId, Guid UserId, string Missing);
