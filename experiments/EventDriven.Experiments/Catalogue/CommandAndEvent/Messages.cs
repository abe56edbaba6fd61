using EventDriven.Log;

namespace EventDriven.Experiments.Catalogue.CommandAndEvent;

/// <summary>A fact, told by whom it happened to.</summary>
internal sealed record CustomerJoined(Guid CustomerId);

/// <summary>A command: its one owner is the service that sends mails.</summary>
internal sealed record SendWelcomeMail(Guid CustomerId);

/// <summary>A command: its one owner is the service that keeps points.</summary>
internal sealed record GivePoints(Guid CustomerId);

/// <summary>What each service puts into its contract.</summary>
internal static class Contracts
{
    public static MessageType CustomerJoined(string shop) => MessageType.Published<CustomerJoined>($"{shop}.customer-joined.v1", $"{shop}.events");

    public static MessageType SendWelcomeMail(string mail, string shop) => MessageType.Published<SendWelcomeMail>($"{mail}.send-welcome-mail.v1", $"{mail}.events").SentBy(shop);

    public static MessageType GivePoints(string points, string shop) => MessageType.Published<GivePoints>($"{points}.give-points.v1", $"{points}.events").SentBy(shop);
}
