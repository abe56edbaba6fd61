using EventDriven.Contracts.Orders;
using EventDriven.Email.Mailing;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Orders;

/// <summary>Email's own decision: who orders gets a mail that says what.</summary>
internal sealed class OrderPlacedHandler(Mailer mailer) : IMessageHandler<OrderPlaced>, IHasOutsideEffect
{
    public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct) => mailer.Deliver(Templates.OrderPlaced, message.UserId, new Dictionary<string, string>
    {
        ["lines"] = string.Join(", ", message.Lines.Select(line => $"{line.Quantity} x {line.Sku}")),
        ["total"] = Money.Text(message.Total, message.Currency),
    }, context, ct);
}
