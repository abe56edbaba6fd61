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

    public Relayed? Relayed { get; init; }
}

public sealed record Relayed(int Partition, long Offset, DateTimeOffset? At);

/// <summary>One of <c>/control/subscriptions</c>.</summary>
public sealed record SubscriptionStatus(string Name, string State, string? Reason, long Handled, long Lag)
{
    public double? OldestUnhandledSeconds { get; init; }

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
}
