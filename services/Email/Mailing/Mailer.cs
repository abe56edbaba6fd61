using System.Text.Json;
using EventDriven.Contracts.Email;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Email.Mailing;

/// <summary>
/// Sends a mail, or lets it wait for its user's address. The mail leaves before the transaction that records it, so a crash in
/// between sends it again, under the same key.
/// </summary>
internal sealed class Mailer(IMailTransport transport, TimeProvider clock)
{
    /// <summary>The user as the address book knows them; null when it does not yet.</summary>
    private static async Task<(Recipient? Recipient, bool Forgotten)> Find(Guid user, MessageContext context, CancellationToken ct) =>
        (await context.Query(new("select address, name, forgotten from email.users where user_id = $1", user),
            row => (row.IsDBNull(0) ? null : new Recipient(row.GetString(0), row.GetString(1)), row.GetBoolean(2)), ct)).SingleOrDefault();

    /// <summary>Mails that wait for this user's address.</summary>
    public static Task<IReadOnlyList<Mail>> Waiting(Guid user, MessageContext context, CancellationToken ct) => context.Query(
        new("select message_id, message_type, template, template_values::text from email.mails where user_id = $1 and sent_at is null", user),
        row => new Mail(row.GetGuid(0), row.GetString(1), row.GetString(2), JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(3))!), ct);

    /// <summary>One mail because of this message: now, or when its user's address is known. One for a forgotten user is dropped.</summary>
    public async Task Deliver(string template, Guid user, IReadOnlyDictionary<string, string> values, MessageContext context, CancellationToken ct)
    {
        var mail = new Mail(context.MessageId, context.Type, template, values);
        var (recipient, forgotten) = await Find(user, context, ct);
        if (forgotten)
            return;
        if (recipient is not null)
            await Send(mail, user, recipient, context, ct);
        else
            Wait(mail, user, context);
    }

    /// <summary>Sends the mail and queues that it was sent.</summary>
    public async Task Send(Mail mail, Guid user, Recipient recipient, MessageContext context, CancellationToken ct)
    {
        var message = mail.To(recipient);
        await transport.Send(mail.Key, message, ct);
        Record(mail, user, message.Subject, clock.GetUtcNow(), context);
        context.Append(new("mail", user), ExpectedVersion.Any, new NewEvent(new EmailSent(user, mail.Template)));
    }

    /// <summary>
    /// Writes the address book now, before mails leave: whoever comes later finds the address, and what waits already is found here.
    /// Harmless when repeated.
    /// </summary>
    public static Task Remember(Guid user, Recipient recipient, MessageContext context, CancellationToken ct) => context.Query(new("""
        insert into email.users (user_id, address, name) values ($1, $2, $3)
        on conflict (user_id) do update set address = excluded.address, name = excluded.name returning 1
        """, user, recipient.Address, recipient.Name), row => row.GetInt32(0), ct);

    /// <summary>Queues a mail that waits until its user's address is known.</summary>
    private static void Wait(Mail mail, Guid user, MessageContext context)
    {
        context.Execute(new("insert into email.users (user_id) values ($1) on conflict do nothing", user));
        Record(mail, user, subject: null, sentAt: null, context);
        context.Execute(new("select email.refuse_to_wait_for_a_known_address($1)", user));
    }

    private static void Record(Mail mail, Guid user, string? subject, DateTimeOffset? sentAt, MessageContext context) => context.Execute(new("""
        insert into email.mails (message_id, template, user_id, message_type, template_values, subject, sent_at)
        values ($1, $2, $3, $4, $5::jsonb, $6::text, $7::timestamptz)
        on conflict (message_id, template) do update set subject = excluded.subject, sent_at = excluded.sent_at
        """, mail.CauseId, mail.Template, user, mail.CauseType, JsonSerializer.Serialize(mail.Values), subject, sentAt));
}
