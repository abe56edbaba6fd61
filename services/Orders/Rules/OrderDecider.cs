using EventDriven.Contracts.Orders;
using EventDriven.EventSourcing;
using EventDriven.Log;

namespace EventDriven.Orders.Rules;

/// <summary>
/// The rules of one order. Payments has the last word on whether it is paid; the request and the resolver may both bring it, and the second
/// changes nothing.
/// </summary>
public static class OrderDecider
{
    public static Decider<OrderCommand, Order> Decider { get; } =
        EventSourcing.Decider.Of<OrderCommand, IOrderEvent, Order>("order", Decide, Evolve, Order.Initial, Describe);

    public static IReadOnlyList<IOrderEvent> Decide(OrderCommand command, Order order) => (command, order.Status) switch
    {
        (RequestOrder c, OrderStatus.None) =>
            [new OrderRequested(c.OrderId, c.UserId, c.AccountId, c.Lines.Sum(line => checked(line.Quantity * line.UnitPrice)), c.Currency, c.Lines, c.Key, c.At)],
        (RequestOrder, _) => [],
        (_, OrderStatus.None) => throw new DomainRuleException("There is no such order.", "unknown-order"),

        (ConfirmOrder, OrderStatus.Pending) => [new OrderPlaced(order.Id, order.UserId, order.AccountId, order.Total, order.Currency, order.Lines)],
        (ConfirmOrder, OrderStatus.Rejected) => throw new DomainRuleException("The order was rejected, and it is paid: Payments has said both.", "contradiction"),
        (ConfirmOrder, _) => [],

        (RejectOrder c, OrderStatus.Pending) => [new OrderRejected(order.Id, order.UserId, order.AccountId, order.Total, order.Currency, order.Lines, c.Reason)],
        (RejectOrder, OrderStatus.Rejected) => [],
        (RejectOrder, _) => throw new DomainRuleException("The order was placed, and it is not paid: Payments has said both.", "contradiction"),

        (NoteShipment, OrderStatus.Placed) => [new ShipmentNoted(order.Id)],
        (NoteShipment, OrderStatus.Shipped) => [],
        (NoteShipment, _) => throw new DomainRuleException($"The order is {order.Status}: nothing of it can be on its way.", "not-placed"),
        _ => throw new NotSupportedException($"No order knows {command.GetType().Name}."),
    };

    // Never throws: what has happened cannot be refused.
    public static Order Evolve(Order order, IOrderEvent happened) => happened switch
    {
        OrderRequested e => new(e.OrderId, e.UserId, e.AccountId, e.Total, e.Currency, e.Lines, e.At, OrderStatus.Pending, Reason: null),
        OrderPlaced => order with { Status = OrderStatus.Placed },
        OrderRejected e => order with { Status = OrderStatus.Rejected, Reason = e.Reason },
        ShipmentNoted => order with { Status = OrderStatus.Shipped },
        _ => order,
    };

    private static NewEvent Describe(IOrderEvent happened) => new(happened) { IdempotencyKey = (happened as OrderRequested)?.Key };
}
