using EventDriven.Contracts.Fulfilment;
using EventDriven.Email.Mailing;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Orders;

/// <summary>Email's own decision: who waits for a parcel hears that it is on its way.</summary>
internal sealed class OrderShippedHandler(Mailer mailer) : IMessageHandler<OrderShipped>, IHasOutsideEffect
{
    public Task Handle(OrderShipped message, MessageContext context, CancellationToken ct) =>
        mailer.Deliver(Templates.OrderShipped, message.UserId, new Dictionary<string, string> { ["order"] = message.OrderId.ToString() }, context, ct);
}
