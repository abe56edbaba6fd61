using System.Globalization;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Journey;

/// <summary>The steps of a message, from what its log and the subscriptions on its topic have recorded.</summary>
internal static class Hops
{
    public static IEnumerable<Hop> InLog(string service, LogMessage message, LogStatus? log)
    {
        yield return new("appended", "Appended", Outcome.Done, $"to the log of {service}")
        {
            At = message.RecordedAt,
            Details = $"version {message.Version} of its stream",
        };

        if (message.Topic is null)
            yield break; // Private to its service: nobody else ever gets it.

        yield return message.Position is { } position
            ? new("sequenced", "Sequenced", Outcome.Done, string.Create(CultureInfo.InvariantCulture, $"position {position:N0} of the log")) { At = message.SequencedAt }
            : new("sequenced", "Sequenced", Outcome.Waiting, "waits for its position in the log");

        if (message.Relayed is { } relayed)
        {
            yield return new("relayed", "Relayed", Outcome.Done, $"to {message.Topic}")
            {
                At = relayed.At,
                Details = $"partition {relayed.Partition}, offset {relayed.Offset}",
            };
        }
        else
        {
            yield return new("relayed", "Relayed", Outcome.Waiting, log?.Relay switch
            {
                { State: "paused" } relay => $"the relay is paused: {relay.Reason}",
                _ => $"waits to be sent to {message.Topic}",
            });
        }
    }

    public static Hop InSubscription(ServiceView service, SubscriptionStatus subscription, LogMessage message, Whereabouts? at)
    {
        var hop = new Hop($"subscription-{subscription.Name}", subscription.Name, Outcome.Unknown, "") { Reader = service.Part.Name };
        if (service.Part.Condition is Condition.Down)
            return hop with { Text = $"{service.Part.Name} is down", Outcome = Outcome.Waiting, Details = $"{Since(service.Part)}{BeforeItWentDown(subscription, message)}" };
        if (message.Relayed is null)
            return hop with { Text = "not sent to it yet", Outcome = Outcome.Waiting };

        return at switch
        {
            null => hop with { Text = "does not say" },
            { State: "handled" } => hop with { Outcome = Outcome.Done, Text = "handled", At = at.At, Took = Took(at), Details = Attempts(at) },
            { State: "without-handler" } => hop with { Outcome = Outcome.Done, Text = "passed over: it has no handler for this type", At = at.At },
            { State: "waiting" } => hop with { Outcome = Outcome.Waiting, Text = Ahead(at, subscription), Details = at.Reason ?? subscription.Reason },
            { State: "failing" } => hop with { Outcome = Outcome.Parked, Text = "failed, is tried again", At = at.At, Details = Because(at) },
            { State: "parked" } => hop with { Outcome = Outcome.Parked, Text = at.Behind is null ? "parked" : "parked behind", Behind = at.Behind, At = at.At, Details = Because(at) },
            { State: "dead" } => hop with { Outcome = Outcome.Failed, Text = "dead letter", At = at.At, Details = Because(at) },
            { State: "refused" or "skipped" or "lost" } => hop with { Outcome = Outcome.Failed, Text = at.State, At = at.At, Details = Because(at) },
            _ => hop with { Text = at.State },
        };
    }

    private static string Since(PartView part) => string.Create(CultureInfo.InvariantCulture, $"since {part.Since:HH:mm:ss} UTC");

    /// <summary>A service that is down and was never heard: it may read the message, and only it can tell.</summary>
    public static Hop InUnheard(ServiceView service) =>
        new($"service-{service.Part.Name}", service.Part.Name, Outcome.Unknown, $"{service.Part.Name} is down") { Details = $"{Since(service.Part)}; whether it reads this is not known" };

    // What it last told and what the broker holds still say how far it had come.
    private static string BeforeItWentDown(SubscriptionStatus subscription, LogMessage message)
    {
        if (message.Relayed is not { } at || subscription.Partitions.FirstOrDefault(partition => partition.Topic == message.Topic && partition.Partition == at.Partition) is not { } place)
            return "";
        return at.Offset < place.Next
            ? "; it had taken this one in before"
            : string.Create(CultureInfo.InvariantCulture, $"; {at.Offset - place.Next:N0} ahead of this one in its partition");
    }

    private static TimeSpan? Took(Whereabouts at) => at.DurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    private static string? Attempts(Whereabouts at) => at.Attempts is > 1 ? $"in attempt {at.Attempts}" : null;

    private static string? Because(Whereabouts at) => (Attempts(at), at.Reason) switch
    {
        ({ } attempts, { } reason) => $"{attempts}: {reason}",
        var (attempts, reason) => reason ?? attempts,
    };

    private static string Ahead(Whereabouts at, SubscriptionStatus subscription) => (subscription.State, at.Ahead) switch
    {
        ("paused", _) => "waits: the subscription is paused",
        (_, > 0) => string.Create(CultureInfo.InvariantCulture, $"waits: {at.Ahead:N0} ahead"),
        _ => "waits: it is next",
    };
}
