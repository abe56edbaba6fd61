namespace EventDriven.EventSourcing.Projections.Freshness;

/// <summary>How far the read model that readers see has come, and where the writes that they wait for are.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Stands">It does not move: it is paused, or stands before an event that it cannot take in.</param>
/// <param name="Wanted">The writes' positions; null while one has none yet.</param>
internal sealed record ReadModelState(long Position, bool Stands, long?[] Wanted)
{
    /// <summary>In place of a position: there is no such event.</summary>
    public const long Unknown = -1;

    public bool Includes => Array.TrueForAll(Wanted, w => w <= Position);
}
