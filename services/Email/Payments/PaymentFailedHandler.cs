using EventDriven.Contracts.Payments;
using EventDriven.Email.Mailing;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Payments;

/// <summary>Email's own decision: whose payment does not go through is told why, also if they have left the page.</summary>
internal sealed class PaymentFailedHandler(Mailer mailer) : IMessageHandler<PaymentFailed>, IHasOutsideEffect
{
    public Task Handle(PaymentFailed message, MessageContext context, CancellationToken ct) => mailer.Deliver(Templates.PaymentFailed, message.UserId, new Dictionary<string, string>
    {
        ["amount"] = Money.Text(message.Amount, message.Currency),
        ["reason"] = message.Reason.Replace('-', ' '),
    }, context, ct);
}
