using EventDriven.Dashboard.Components;

namespace EventDriven.Dashboard.Operate;

/// <summary>Something that an operator may tell a subscription to do, or the host to do to a service, in the words that are asked before it is done.</summary>
/// <param name="Service">Whose subscription.</param>
/// <param name="Subscription">Which; empty where it is the whole service.</param>
/// <param name="Verb">The control endpoint's verb.</param>
/// <param name="Question">What is asked.</param>
/// <param name="Consequence">What it means.</param>
public sealed record Deed(string Service, string Subscription, string Verb, string Question, string Consequence)
{
    /// <summary>The messages that it is about. They are fixed when it is asked: what fails meanwhile is not touched.</summary>
    public IReadOnlyList<string> MessageIds { get; init; } = [];

    /// <summary>What is sent when it is not about messages.</summary>
    public object? Body { get; init; }

    /// <summary>The host does it to the whole service, and no subscription is asked.</summary>
    public bool IsOfHost { get; init; }

    /// <summary>The service can say beforehand what would happen.</summary>
    public bool HasPreview => MessageIds.Count > 0;

    public static Deed Retry(string service, string subscription, IReadOnlyList<string> messageIds) => new(service, subscription, "redrive",
        $"Retry {Format.Messages(messageIds.Count)}?", "New attempts, in each stream's order. What is parked behind follows.")
    { MessageIds = messageIds };

    public static Deed Skip(string service, string subscription, IReadOnlyList<string> messageIds) => new(service, subscription, "skip",
        $"Skip {Format.Messages(messageIds.Count)}?", $"{subscription} never handles them. What is parked behind goes on.")
    { MessageIds = messageIds };

    public static Deed SkipGap(string service, string subscription, Failures.Gap gap) => new(service, subscription, "skip",
        $"Give up {Format.Messages(gap.MissingTo - gap.MissingFrom + 1)} of {gap.Stream}?",
        $"What is missing is never handled here, even if it comes later. {Format.Messages(gap.Waiting)} that wait for it go on.")
    { Body = new { gap = new { gap.Topic, gap.Source, gap.Stream } } };

    public static Deed SkipQuarantined(string service, string subscription) => new(service, subscription, "skip",
        $"Skip all that {subscription} has quarantined?", "Nobody ever handles it. It is kept as it came, and no longer alarms.")
    { Body = new { quarantined = true } };

    public static Deed Accept(string service, string subscription, string source) => new(service, subscription, "accept",
        $"Accept the new log of {source}?",
        $"{source} was restored. What {subscription} has handled that it no longer holds is listed in the answer; what it says from now on is taken in.")
    { Body = new { source } };

    public static Deed Pause(string service, string subscription) => new(service, subscription, "pause",
        $"Pause {subscription}?", "It takes in nothing more until somebody resumes it. Its messages wait; nothing is lost.");

    public static Deed Resume(string service, string subscription) => new(service, subscription, "resume", $"Resume {subscription}?", "It goes on where it was.");

    public static Deed Replay(string service, string subscription, DateTimeOffset? from) => new(service, subscription, "replay",
        from is { } time ? $"Have {subscription} handle everything since {time:yyyy-MM-dd HH:mm} UTC again?" : $"Have {subscription} handle everything again?",
        from is null
            ? "What its handlers wrote is emptied in one transaction, and everything is handled from the beginning. Mails and messages of its own are held meanwhile."
            : "Its handlers run again over what they wrote. Mails and messages of its own are held meanwhile.")
    { Body = from is null ? new { } : new { from } };

    public static Deed Start(string service) => OfHost(service, "start", $"Start {service}?", "It goes on where it was: what was published meanwhile waits for it.");

    public static Deed Stop(string service) => OfHost(service, "stop", $"Stop {service}?",
        "Calls to it fail until somebody starts it again. Messages for it wait on their topics; nothing is lost.");

    public static Deed Restart(string service) => OfHost(service, "restart", $"Restart {service}?", "Calls to it fail for a moment. Messages for it wait meanwhile.");

    private static Deed OfHost(string service, string verb, string question, string consequence) => new(service, "", verb, question, consequence) { IsOfHost = true };
}
