using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Journey;

/// <summary>Where one message has been, by the records of the services themselves.</summary>
public sealed record MessageJourney(string Service, LogMessage Message, IReadOnlyList<Hop> Hops, IReadOnlyList<CauseNode> Causes)
{
    /// <summary>Every subscription has come to an end with it.</summary>
    public bool IsSettled => Hops.All(static hop => hop.Outcome is not (Outcome.Waiting or Outcome.Unknown));
}

public enum Outcome { Done, Waiting, Parked, Failed, Unknown }

/// <summary>One step of a message: appended, sequenced, relayed, or what one subscription did with it.</summary>
public sealed record Hop(string Id, string Title, Outcome Outcome, string Text)
{
    public DateTimeOffset? At { get; init; }

    public TimeSpan? Took { get; init; }

    public string? Details { get; init; }
}

/// <summary>A message of the same correlation, with what it caused.</summary>
public sealed record CauseNode(string Service, LogMessage Message, IReadOnlyList<CauseNode> Effects)
{
    /// <summary>The forest of all messages of one correlation. One whose cause nobody holds stands at the top.</summary>
    public static IReadOnlyList<CauseNode> Forest(IReadOnlyCollection<(string Service, LogMessage Message)> messages)
    {
        var known = messages.Select(message => message.Message.MessageId).ToHashSet(StringComparer.Ordinal);
        var byCause = messages.ToLookup(
            message => message.Message.CausationId is { } cause && known.Contains(cause)
                && !string.Equals(cause, message.Message.MessageId, StringComparison.Ordinal) ? cause : "",
            StringComparer.Ordinal);
        return EffectsOf("");

        IReadOnlyList<CauseNode> EffectsOf(string cause) =>
        [
            .. byCause[cause].OrderBy(effect => effect.Message.RecordedAt)
                .Select(effect => new CauseNode(effect.Service, effect.Message, EffectsOf(effect.Message.MessageId))),
        ];
    }
}
