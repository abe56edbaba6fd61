using MimeKit;

namespace EventDriven.Email.Mailing;

/// <summary>A mail and what caused it. One cause leads to one mail per template, however often it is tried.</summary>
internal sealed record Mail(Guid CauseId, string CauseType, string Template, IReadOnlyDictionary<string, string> Values)
{
    private static readonly MailboxAddress Sender = new("EventDriven", "hello@eventdriven.example");

    /// <summary>The idempotency key that the mail carries outside: its Message-ID and its file's name derive from it.</summary>
    public string Key => KeyOf(CauseId, Template);

    public static string KeyOf(Guid causeId, string template) => $"{causeId}-{template}";

    public MimeMessage To(Recipient recipient)
    {
        var (subject, body) = Templates.Render(Template, recipient.Name, Values);
        return new MimeMessage([Sender], [new MailboxAddress(recipient.Name, recipient.Address)], subject, new TextPart("plain") { Text = body })
        {
            MessageId = $"{Key}@eventdriven.example",
        };
    }
}

/// <summary>Whom a mail goes to.</summary>
internal sealed record Recipient(string Address, string Name);
