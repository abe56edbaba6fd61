using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Journey;

/// <summary>Where one message has been, by the records of the services themselves.</summary>
public sealed record MessageJourney(string Service, LogMessage Message, IReadOnlyList<Hop> Hops, IReadOnlyList<CauseNode> Causes)
{
    /// <summary>The messages of the same correlation, oldest first, each with its own hops.</summary>
    public IReadOnlyList<Passage> Passages { get; init; } = [];

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

    /// <summary>The message that this one waits behind.</summary>
    public Blocking? Behind { get; init; }

    /// <summary>Whose subscription it is; null in the log.</summary>
    public string? Reader { get; init; }
}

/// <summary>One message of a correlation on its way.</summary>
public sealed record Passage(string Service, LogMessage Message, IReadOnlyList<Hop> Hops)
{
    public IEnumerable<Hop> Readers => Hops.Where(static hop => hop.Reader is not null);

    /// <summary>Nothing about it will change by itself.</summary>
    public bool IsSettled => Hops.All(static hop => hop.Outcome is Outcome.Done);

    /// <summary>The worst that became of it anywhere.</summary>
    public Outcome Outcome => ((Outcome[])[Outcome.Failed, Outcome.Parked, Outcome.Waiting, Outcome.Unknown])
        .FirstOrDefault(worse => Hops.Any(hop => hop.Outcome == worse), Outcome.Done);
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
