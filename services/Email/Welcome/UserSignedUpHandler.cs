using EventDriven.Contracts.Signup;
using EventDriven.Email.Mailing;
using EventDriven.Log.PersonalData;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Welcome;

/// <summary>
/// Email's own decision: who signs up gets a welcome mail. Signup only said that it happened. Mails that were asked for before the
/// address was known leave now, too.
/// </summary>
internal sealed class UserSignedUpHandler(SubjectVault vault, Mailer mailer) : IMessageHandler<UserSignedUp>, IHasOutsideEffect
{
    public async Task Handle(UserSignedUp message, MessageContext context, CancellationToken ct)
    {
        var user = message.UserId;
        var address = await vault.Open(message.Email, user, context.MessageId, context.Stream, ct);
        var name = await vault.Open(message.Name, user, context.MessageId, context.Stream, ct);
        if (address is null || name is null)
            return; // forgotten meanwhile: there is nobody to welcome

        var recipient = new Recipient(address, name);
        await Mailer.Remember(user, recipient, context, ct);
        Mail welcome = new(context.MessageId, context.Type, Templates.Welcome, new Dictionary<string, string>());
        foreach (var mail in (Mail[])[welcome, .. await Mailer.Waiting(user, context, ct)])
            await mailer.Send(mail, user, recipient, context, ct);
    }
}
