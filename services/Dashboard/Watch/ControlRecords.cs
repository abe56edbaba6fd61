namespace EventDriven.Dashboard.Watch;

/// <summary>What a service answers at <c>/control/log</c>.</summary>
public sealed record LogStatus(
    string Service, string Source, long Position, long Relayed, long Unsequenced, long Unrelayed,
    double? OldestUnrelayedSeconds, RelayStatus? Relay);

public sealed record RelayStatus(string State, string? Reason);

/// <summary>One message of a log, without its data.</summary>
public sealed record LogMessage(
    string MessageId, string Type, string Stream, long Version, DateTimeOffset RecordedAt, string CorrelationId)
{
    public long? Sequence { get; init; }

    public string? Topic { get; init; }

    public long? Position { get; init; }

    public string? CausationId { get; init; }

    public DateTimeOffset? SequencedAt { get; init; }

    public string? Traceparent { get; init; }

    /// <summary>The trace that it was appended in, if any.</summary>
    public string? TraceId => Traceparent?.Split('-') is [_, { Length: 32 } trace, ..] ? trace : null;

    public Relayed? Relayed { get; init; }
}

public sealed record Relayed(int Partition, long Offset, DateTimeOffset? At);

/// <summary>One of <c>/control/subscriptions</c>.</summary>
public sealed record SubscriptionStatus(string Name, string State, string? Reason, long Handled, long Lag)
{
    /// <summary>The state of one that only the broker has told of: its service has not answered since the dashboard started.</summary>
    public const string Unheard = "unheard";

    /// <summary>What the broker calls the service's process in the subscription's group.</summary>
    public string? Member { get; init; }

    public double? OldestUnhandledSeconds { get; init; }

    public IReadOnlyList<string> Alarms { get; init; } = [];

    public long WithoutHandler { get; init; }

    public long Waiting { get; init; }

    public long Failing { get; init; }

    public long Parked { get; init; }

    public long Dead { get; init; }

    public long Refused { get; init; }

    public long Skipped { get; init; }

    public long Quarantined { get; init; }

    /// <summary>Everything that may be looked at among the failures.</summary>
    public long SetAside => Stuck + Refused + Skipped + Quarantined;

    /// <summary>What waits for something else than its turn.</summary>
    public long Stuck => Waiting + Failing + Parked + Dead;

    public IReadOnlyList<string> Topics { get; init; } = [];

    public IReadOnlyList<PartitionStatus> Partitions { get; init; } = [];
}

public sealed record PartitionStatus(string Topic, int Partition, long Next, long End);

/// <summary>Where a message is in one subscription.</summary>
public sealed record Whereabouts(string State)
{
    public DateTimeOffset? At { get; init; }

    public double? DurationMs { get; init; }

    public int? Attempts { get; init; }

    public string? Reason { get; init; }

    public long? Ahead { get; init; }

    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What a parked message is behind.</summary>
    public Blocking? Behind { get; init; }
}

/// <summary>The failed message that holds a stream up.</summary>
public sealed record Blocking(string MessageId, string Type, string State, string? Cause);
