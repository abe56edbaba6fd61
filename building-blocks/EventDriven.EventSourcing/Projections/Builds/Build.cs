namespace EventDriven.EventSourcing.Projections.Builds;

/// <summary>A copy of the tables of one version of a projection, and how far it has come.</summary>
internal sealed record Build(long Id, string Projection, int Version, string State, long Position, Failure? Failure, ReadTables Tables)
{
    public const string Building = "building", Active = "active", Kept = "kept";

    public bool IsActive => State == Active;
}

/// <summary>The event that a build stands before, and why it cannot be taken in.</summary>
internal sealed record Failure(long Position, string Stream, long Version, string Type, string Cause, DateTimeOffset At)
{
    public override string ToString() => $"it stands before {Type} at position {Position} ({Stream}:{Version}): {Cause}";
}

/// <summary>A projection as the database knows it.</summary>
internal sealed record ProjectionState(string Name, int Newest, bool IsPaused, IReadOnlyList<Build> Builds)
{
    public Build Active => Builds.Single(b => b.IsActive);

    public Build? Of(string state) => Builds.SingleOrDefault(b => b.State == state);
}
