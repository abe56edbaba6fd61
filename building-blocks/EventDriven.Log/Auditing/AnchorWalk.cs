namespace EventDriven.Log.Auditing;

/// <summary>Walks over the log's positions in order, and says where they and their events are not what was anchored.</summary>
/// <param name="from">Where it begins: an anchor, or the log's beginning.</param>
/// <param name="anchors">Those after it, in order.</param>
internal sealed class AnchorWalk(Anchor from, IEnumerable<Anchor> anchors)
{
    private readonly Queue<Anchor> _anchors = new(anchors);

    /// <summary>Everything walked over.</summary>
    public Anchor Here { get; private set; } = from;

    /// <summary>Whether there is an anchor that has not been compared.</summary>
    public bool IsAnchoredFurther => _anchors.Count > 0;

    public List<Finding> Findings { get; } = [];

    /// <summary>Goes on to a position; its event's hash is null where the event is gone.</summary>
    public void Take(long position, byte[]? eventHash)
    {
        if (position > Here.Position + 1)
            Findings.Add(Finding.At(FindingKind.Position, Here.Position + 1, position == Here.Position + 2
                ? "the position is gone" : $"the positions up to {position - 1} are gone"));
        CompareBefore(position);
        if (eventHash is null)
            Findings.Add(Finding.At(FindingKind.Missing, position, "the event at this position is gone"));
        Here = eventHash is null ? Here with { Position = position } : Here.With(position, eventHash);
        CompareBefore(position + 1);
    }

    /// <summary>There is nothing after where it is: what is known of the log beyond says what is missing.</summary>
    /// <param name="seen">Up to where the log was seen before.</param>
    public void End(long seen = 0)
    {
        var beyond = Math.Max(seen, _anchors.LastOrDefault(Here).Position);
        if (beyond > Here.Position)
            Findings.Add(Finding.At(FindingKind.Position, Here.Position + 1, $"the log ends here, and had been relayed, verified or anchored up to position {beyond}"));
    }

    private void CompareBefore(long position)
    {
        while (_anchors.TryPeek(out var anchor) && anchor.Position < position)
        {
            _anchors.Dequeue();
            if (Here.Says(anchor))
                continue;
            Findings.Add(Finding.At(FindingKind.Anchor, anchor.Position,
                $"the log up to here, from the anchor before it on, is not what was anchored: {anchor.Count} events, {Convert.ToHexStringLower(anchor.Hash)}"));
            Here = anchor with { Position = Here.Position }; // what comes after is compared for itself
        }
    }
}
