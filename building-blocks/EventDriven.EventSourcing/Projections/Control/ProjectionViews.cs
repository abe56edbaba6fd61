using System.Text.Json;
using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Control;

/// <summary>How the projections of this service stand, whichever process runs them.</summary>
internal sealed class ProjectionViews(NpgsqlDataSource database)
{
    public async Task<IReadOnlyList<ProjectionView>> Read(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var builds = await new Sql("""
            select projection, paused, build, version, state, position, total, rate, behind_seconds, began_at, activated_at, compared::text,
                   failed_position, failed_stream, failed_version, failed_type, failed_cause, failed_at
            from sourcing.progress order by projection, build
            """).Query(connection, row => (Projection: row.GetString(0), IsPaused: row.GetBoolean(1), Build: ReadBuild(row)), ct);
        return [.. builds.GroupBy(b => b.Projection, StringComparer.Ordinal).Select(p => new ProjectionView(p.Key, p.First().IsPaused, [.. p.Select(b => b.Build)]))];
    }

    private static BuildView ReadBuild(NpgsqlDataReader row) => new(
        row.GetInt64(2), row.GetInt32(3), row.GetString(4), row.GetInt64(5), row.GetInt64(6), row.IsDBNull(7) ? null : row.GetDouble(7), row.GetDouble(8),
        row.GetFieldValue<DateTimeOffset>(9), row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10),
        row.IsDBNull(11) ? null : JsonSerializer.Deserialize<JsonElement>(row.GetString(11)),
        row.IsDBNull(12) ? null : new(row.GetInt64(12), row.GetString(13), row.GetInt64(14), row.GetString(15), row.GetString(16), row.GetFieldValue<DateTimeOffset>(17)));
}

/// <summary>A projection and its builds.</summary>
internal sealed record ProjectionView(string Name, bool IsPaused, IReadOnlyList<BuildView> Builds)
{
    public BuildView Active => Builds.Single(b => b.State == Build.Active);

    /// <summary>The event that stops it, whichever build stands before it.</summary>
    public Failure? Failure => Builds.FirstOrDefault(b => b.State != Build.Kept && b.Failure is not null)?.Failure;

    public bool IsBuilding => Builds.Any(b => b.State == Build.Building);

    public string State => IsPaused ? "paused" : Failure is not null ? "standing" : IsBuilding ? "building" : "running";
}

/// <summary>A build, how much it has taken in of how much there is, how fast, and how long that will take.</summary>
internal sealed record BuildView(
    long Build, int Version, string State, long Position, long Total, double? Rate, double BehindSeconds, DateTimeOffset BeganAt, DateTimeOffset? ActivatedAt,
    JsonElement? Compared, Failure? Failure)
{
    public long Lag => Total - Position;

    public double? SecondsLeft => Lag == 0 ? 0 : Rate > 0 ? Lag / Rate : null;
}
