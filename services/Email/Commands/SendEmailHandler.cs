using EventDriven.Contracts.Email;
using EventDriven.Email.Mailing;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Commands;

/// <summary>Does what it is told: one mail. A mail for a user it does not know yet waits; one for a forgotten user is dropped.</summary>
internal sealed class SendEmailHandler(Mailer mailer) : IMessageHandler<SendEmail>, IHasOutsideEffect
{
    public Task Handle(SendEmail message, MessageContext context, CancellationToken ct)
    {
        Templates.Require(message.Template);
        return mailer.Deliver(message.Template, message.UserId, message.Values, context, ct);
    }
}
