namespace EventDriven.TortureTests.Checks;

/// <summary>What a run promises.</summary>
internal enum Promise
{
    /// <summary>An acknowledged event is in the log, where its writer was told, and its state with it.</summary>
    AcknowledgedIsKept,

    /// <summary>What was not committed is nowhere.</summary>
    UncommittedIsNeverSeen,

    /// <summary>Every event has a position; there is no hole, at no time; streams keep their order.</summary>
    PositionsAreGapless,

    /// <summary>Versions have no hole and each event's hash holds the one before.</summary>
    ChainIsValid,

    /// <summary>Every published event is on the topic; first occurrences come in their stream's order.</summary>
    CommittedIsPublished,

    /// <summary>No message has its effect twice.</summary>
    HandledOnce,

    /// <summary>Every published message that has a handler is handled, or set aside for a reason.</summary>
    NothingIsLost,

    /// <summary>Each subscription handles a stream in its order.</summary>
    OrderPerKey,

    /// <summary>Published = handled + without handler + parked + dead + refused + skipped + quarantined + waiting.</summary>
    SumsAgree,
}

/// <summary>A promise that was broken, and by what.</summary>
internal sealed record Finding(Promise Promise, string What);

/// <summary>What a history tells.</summary>
internal sealed record Verdict(IReadOnlyList<Finding> Findings, IReadOnlyDictionary<Promise, long> Checked)
{
    public IReadOnlySet<Promise> Broken { get; } = Findings.Select(f => f.Promise).ToHashSet();
}
