using EventDriven.Contracts.Payments;
using EventDriven.Fulfilment.Shipping;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Fulfilment.Arrivals;

/// <summary>The other half, which may be the first.</summary>
internal sealed class PaymentSucceededHandler(Bell bell) : IMessageHandler<PaymentSucceeded>
{
    public Task Handle(PaymentSucceeded message, MessageContext context, CancellationToken ct)
    {
        Arrival.Record(Arrival.Payment, message.OrderId, message.UserId, context);
        context.Execute(DueOrders.LookNow(message.OrderId, Arrival.Payment));
        bell.Ring();
        return Task.CompletedTask;
    }
}
