using EventDriven.Contracts.Email;
using EventDriven.Email.Mailing;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Commands;

/// <summary>Does what it is told: one mail. A mail for a user it does not know yet waits; one for a forgotten user is dropped.</summary>
internal sealed class SendEmailHandler(Mailer mailer) : IMessageHandler<SendEmail>, IHasOutsideEffect
{
    public async Task Handle(SendEmail message, MessageContext context, CancellationToken ct)
    {
        Templates.Require(message.Template);
        var mail = new Mail(context.MessageId, context.Type, message.Template, message.Values);
        var (recipient, forgotten) = await Mailer.Find(message.UserId, context, ct);
        if (forgotten)
            return;
        if (recipient is not null)
            await mailer.Send(mail, message.UserId, recipient, context, ct);
        else
            Mailer.Wait(mail, message.UserId, context);
    }
}
