using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Fulfilment.Arrivals;

namespace EventDriven.Fulfilment.Shipping;

/// <summary>What is known of an order: which halves have come, and what was said of it.</summary>
internal sealed record Order(Guid OrderId, Arrival? Placed, Arrival? Paid, DateTimeOffset? StalledAt, DateTimeOffset? ShippedAt)
{
    /// <summary>The half that came last.</summary>
    public Arrival Latest => Placed is null || Paid?.At > Placed.At ? Paid! : Placed;
}

/// <summary>What to do about an order now.</summary>
internal abstract record Decision
{
    public sealed record Ship : Decision;

    public sealed record Stall(string Missing) : Decision;

    public sealed record LookAgain(DateTimeOffset At) : Decision;

    /// <summary>Nothing, until something comes.</summary>
    public sealed record Rest : Decision;
}

/// <summary>The rules of an order's way out of the house. Pure: whichever half came first, or how late, is all in the order.</summary>
internal static class ShippingDecision
{
    private static readonly string OrderType = OrdersContract.Types.Of(typeof(OrderPlaced)).Name;
    private static readonly string PaymentType = PaymentsContract.Types.Of(typeof(PaymentSucceeded)).Name;

    public static Decision Decide(Order order, DateTimeOffset now, FulfilmentOptions options) => order switch
    {
        { ShippedAt: not null } => new Decision.Rest(),
        { Placed: not null, Paid: not null } => At(order.Latest.At + options.ShippingTime, now, new Decision.Ship()),
        { StalledAt: not null } => new Decision.Rest(), // said once; the late half brings a timer of its own
        { Paid: null } => At(order.Latest.At + options.StalledAfter, now, new Decision.Stall(PaymentType)),
        _ => At(order.Latest.At + options.StalledAfter, now, new Decision.Stall(OrderType)),
    };

    private static Decision At(DateTimeOffset due, DateTimeOffset now, Decision then) => now >= due ? then : new Decision.LookAgain(due);
}
