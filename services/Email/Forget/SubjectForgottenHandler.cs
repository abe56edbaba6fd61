using EventDriven.Contracts.Signup;
using EventDriven.Email.Mailing;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Forget;

/// <summary>Empties the address book of the user, their mails and the files of them; what is asked for later is dropped.</summary>
internal sealed class SubjectForgottenHandler(IMailTransport transport) : IMessageHandler<SubjectForgotten>, IHasOutsideEffect
{
    public async Task Handle(SubjectForgotten message, MessageContext context, CancellationToken ct)
    {
        var keys = await context.Query(new("select message_id, template from email.mails where user_id = $1", message.UserId),
            row => Mail.KeyOf(row.GetGuid(0), row.GetString(1)), ct);
        foreach (var key in keys)
            await transport.Forget(key, ct);

        context.Execute(new("""
            insert into email.users (user_id, forgotten) values ($1, true)
            on conflict (user_id) do update set address = null, name = null, forgotten = true
            """, message.UserId));
        context.Execute(new("delete from email.mails where user_id = $1", message.UserId));
    }
}
