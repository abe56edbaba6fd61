namespace EventDriven.Dashboard.Failures;

/// <summary>Failed messages of one type that failed alike, as a service groups them.</summary>
public sealed record FailureGroup(string Group, string State, string Type, string Cause, long Messages, long Streams, long Behind)
{
    public string? Example { get; init; }

    public DateTimeOffset FirstFailedAt { get; init; }

    public DateTimeOffset LastFailedAt { get; init; }
}

/// <summary>One message that a subscription has set aside.</summary>
public sealed record SetAsideMessage(string MessageId, string Type, string Topic, string Source, string Stream, long Sequence, string State, int Attempts)
{
    public int Partition { get; init; }

    public long? Offset { get; init; }

    public string? Cause { get; init; }

    public DateTimeOffset RecordedAt { get; init; }

    public DateTimeOffset ParkedAt { get; init; }

    public DateTimeOffset? FirstFailedAt { get; init; }

    public DateTimeOffset? LastFailedAt { get; init; }

    public DateTimeOffset? NextAttemptAt { get; init; }
}

/// <summary>A stream with messages set aside: the one that holds it up, and how many are behind.</summary>
public sealed record ParkedKey(string Topic, string Source, string Stream, string State, string MessageId, string Type, int Attempts, long Behind)
{
    public string? Cause { get; init; }

    public DateTimeOffset ParkedAt { get; init; }

    public DateTimeOffset? NextAttemptAt { get; init; }
}

/// <summary>A stream in which something is missing.</summary>
public sealed record Gap(string Topic, string Source, string Stream, long MissingFrom, long MissingTo, long Waiting, DateTimeOffset Since);

/// <summary>A source whose log is a new one, which nobody has accepted yet.</summary>
public sealed record RestoredSource(string Source, string LogId, string NewLogId, long Waiting, DateTimeOffset Since);

/// <summary>What could not be attributed to a stream.</summary>
public sealed record QuarantinedMessage(string Topic, int Partition, long Offset, string Reason, DateTimeOffset QuarantinedAt, bool Skipped)
{
    /// <summary>Whose it says it is, as far as that can be read.</summary>
    public string? Source { get; init; }

    public string? Stream { get; init; }
}

/// <summary>The same as it came.</summary>
public sealed record QuarantinedBytes(byte[]? Key, IReadOnlyList<QuarantinedHeader> Headers, byte[]? Value);

public sealed record QuarantinedHeader(string Key, byte[]? Value);

/// <summary>Something of one subscription of one service.</summary>
public sealed record Located<T>(string Service, string Subscription, T What);
