using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Fulfilment.Arrivals;
using EventDriven.Fulfilment.Shipping;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Fulfilment.Naive;

/// <summary>Writes the order down, so that its payment finds it.</summary>
internal sealed class NaiveOrderPlacedHandler : IMessageHandler<OrderPlaced>
{
    public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
    {
        Arrival.Record(Arrival.Order, message.OrderId, message.UserId, context);
        return Task.CompletedTask;
    }
}

/// <summary>
/// What is written in a hurry: the order is there when its payment comes, since it was placed first. Each topic keeps the order of its
/// streams, but nothing orders two topics, and a payment that overtakes its order is taken for nobody's: the order never ships. Switched on
/// by <c>Fulfilment:Naive</c>, for the experiment that counts them.
/// </summary>
internal sealed class NaivePaymentSucceededHandler : IMessageHandler<PaymentSucceeded>
{
    public async Task Handle(PaymentSucceeded message, MessageContext context, CancellationToken ct)
    {
        var order = await context.Query(new("select user_id from fulfilment.arrivals where order_id = $1 and half = 'order'", message.OrderId), row => row.GetGuid(0), ct);
        if (order is not [var userId])
            return;
        Arrival.Record(Arrival.Payment, message.OrderId, userId, context);
        context.Append(new("fulfilment", message.OrderId), ExpectedVersion.NoStream, new NewEvent(new OrderShipped(message.OrderId, userId)));
        foreach (var statement in DueOrders.Shipped(message.OrderId))
            context.Execute(statement);
    }
}
