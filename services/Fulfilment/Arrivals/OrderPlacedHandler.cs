using EventDriven.Contracts.Orders;
using EventDriven.Fulfilment.Shipping;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Fulfilment.Arrivals;

/// <summary>Half of what an order needs has come. Whether the other has, is looked at after this is committed.</summary>
internal sealed class OrderPlacedHandler(Bell bell) : IMessageHandler<OrderPlaced>
{
    public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
    {
        Arrival.Record(Arrival.Order, message.OrderId, message.UserId, context);
        context.Execute(DueOrders.LookNow(message.OrderId, Arrival.Order));
        bell.Ring();
        return Task.CompletedTask;
    }
}
