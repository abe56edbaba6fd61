using System.Collections.Immutable;
using EventDriven.Log;

namespace EventDriven.Contracts.Email;

/// <summary>What Email says to others, and the command that it takes from them.</summary>
public static class EmailContract
{
    public const string Events = "email.events";
    public const string Commands = "email.commands";

    public static MessageTypes Types { get; } =
    [
        MessageType.Published<EmailSent>("email.email-sent.v1", Events),
    ];

    public static MessageTypes CommandTypes { get; } =
    [
        MessageType.Published<SendEmail>("email.send-email.v1", Commands).SentBy("recommendations"),
    ];
}

/// <summary>
/// Asks Email, its one owner, to send a mail. The sender knows the user and the template, never the address; values hold nothing personal.
/// </summary>
public sealed record SendEmail(Guid UserId, string Template, ImmutableDictionary<string, string> Values);

/// <summary>A mail left for the user.</summary>
public sealed record EmailSent(Guid UserId, string Template);
