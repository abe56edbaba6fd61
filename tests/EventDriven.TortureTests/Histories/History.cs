using EventDriven.TortureWorker.Writing;

namespace EventDriven.TortureTests.Histories;

/// <summary>Everything that a run has left behind, from outside and inside of the system: what the checks are made of.</summary>
internal sealed record History
{
    /// <summary>What the writers know, the last word on each event.</summary>
    public required IReadOnlyList<Attempted> Attempts { get; init; }

    /// <summary>The log, in the order of its ids.</summary>
    public required IReadOnlyList<LogRow> Log { get; init; }

    /// <summary>The state that writers changed with their events.</summary>
    public required IReadOnlyList<Guid> State { get; init; }

    /// <summary>The positions as somebody saw them who read the log while it was written.</summary>
    public required IReadOnlyList<long> SeenPositions { get; init; }

    /// <summary>The topic, each partition in its order.</summary>
    public required IReadOnlyList<WireRow> Topic { get; init; }

    /// <summary>What handlers did, in the order of the rows' numbers.</summary>
    public required IReadOnlyList<EffectRow> Effects { get; init; }

    /// <summary>What subscriptions set aside.</summary>
    public required IReadOnlyList<AsideRow> Aside { get; init; }

    /// <summary>What each subscription says of itself.</summary>
    public required IReadOnlyList<SubscriptionSums> Sums { get; init; }
}

/// <summary>One event of the log. Recomputed is the hash over the row as it is now.</summary>
internal sealed record LogRow(
    Guid MessageId, string Stream, long Version, bool IsPublished, bool IsHandled, bool IsPoisonForEver, long? Sequence, long? Position, string PreviousHash, string Hash, string Recomputed);

/// <summary>One message of the topic.</summary>
internal sealed record WireRow(int Partition, long Offset, string Stream, long Sequence, Guid MessageId);

/// <summary>One effect.</summary>
internal sealed record EffectRow(string Subscription, string Stream, long Number, Guid MessageId, string Worker);

/// <summary>A message that a subscription has set aside.</summary>
internal sealed record AsideRow(string Subscription, Guid MessageId, string State);

/// <summary>How many messages became what, in the words of the subscription's own tables.</summary>
internal sealed record SubscriptionSums(
    string Subscription, long Handled, long WithoutHandler, long Parked, long Dead, long Refused, long Skipped, long Quarantined, long Waiting)
{
    public long Total => Handled + WithoutHandler + Parked + Dead + Refused + Skipped + Quarantined + Waiting;
}
