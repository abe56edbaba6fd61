namespace EventDriven.Log.Auditing;

/// <summary>What a verification came to.</summary>
/// <param name="Events">How many events were looked at.</param>
/// <param name="Findings">What is wrong; empty when all is as it was written.</param>
public sealed record Verification(long Events, IReadOnlyList<Finding> Findings)
{
    /// <summary>All is as it was written.</summary>
    public bool IsValid => Findings.Count == 0;
}

/// <summary>How far the background's verification is.</summary>
/// <param name="VerifiedTo">Everything up to this position was verified at least once.</param>
/// <param name="WholeBeganAt">When the last verification of the whole log began.</param>
/// <param name="WholeEndedAt">When it ended; null while it runs and before the first one.</param>
/// <param name="Anchor">The newest anchor.</param>
/// <param name="OpenFindings">How many findings nobody has accepted.</param>
/// <param name="Findings">The newest of them, the open ones first.</param>
public sealed record AuditState(
    long VerifiedTo, DateTimeOffset WholeBeganAt, DateTimeOffset? WholeEndedAt, StoredAnchor? Anchor, long OpenFindings, IReadOnlyList<StoredFinding> Findings);

/// <summary>An anchor in the log's own table.</summary>
public sealed record StoredAnchor(LogAnchored Says, DateTimeOffset RecordedAt);

/// <summary>A finding in the log's own table.</summary>
public sealed record StoredFinding(
    long Id, DateTimeOffset FoundAt, string Kind, string? Stream, long? Version, long? Position, string What, AcceptedFinding? Accepted);

/// <summary>Who has accepted a finding.</summary>
public sealed record AcceptedFinding(DateTimeOffset At, string Who, string Reason);
