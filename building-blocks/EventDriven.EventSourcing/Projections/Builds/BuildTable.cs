using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Builds;

/// <summary>The builds of this service's projections. What a lease holder changes carries its epoch.</summary>
internal sealed class BuildTable(NpgsqlDataSource database)
{
    /// <summary>What the database raises when a build is not where its writer believes it to be, or is gone.</summary>
    public const string Moved = "ED004";

    /// <summary>What it raises when no migration declares the tables of a version.</summary>
    public const string Undeclared = "ED005";

    public async Task<IReadOnlyDictionary<string, ProjectionState>> Read(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var rows = await new Sql("""
            select p.projection, p.newest, p.paused, b.build, b.version, b.state, b.position,
                   b.failed_position, b.failed_stream, b.failed_version, b.failed_type, b.failed_cause, b.failed_at,
                   array(select t.name from sourcing.build_tables t where t.build = b.build order by t.name),
                   array(select t.table_name from sourcing.build_tables t where t.build = b.build order by t.name)
            from sourcing.projections p join sourcing.builds b using (projection) order by b.build
            """).Query(connection, row => (Newest: row.GetInt32(1), IsPaused: row.GetBoolean(2), Build: ReadBuild(row)), ct);
        return rows.GroupBy(r => r.Build.Projection, StringComparer.Ordinal)
            .ToDictionary(p => p.Key, p => new ProjectionState(p.Key, p.First().Newest, p.First().IsPaused, [.. p.Select(r => r.Build)]), StringComparer.Ordinal);
    }

    /// <summary>Begins a build of a version beside the active one.</summary>
    public Task Begin(string projection, int version, long epoch, CancellationToken ct) =>
        Fenced(epoch, [new("select sourcing.begin_build($1, $2)", projection, version)], ct);

    public Task Fail(Build build, Failure failure, long epoch, CancellationToken ct) => Fenced(epoch,
    [
        new("""
            update sourcing.builds set failed_position = $2, failed_stream = $3, failed_version = $4, failed_type = $5, failed_cause = $6, failed_at = $7
            where build = $1 and position = $2 - 1
            """, build.Id, failure.Position, failure.Stream, failure.Version, failure.Type, failure.Cause, failure.At),
    ], ct);

    /// <summary>Takes events into a build and moves it on: one transaction, and only for the holder of the lease.</summary>
    public async Task Take(Build build, long from, long to, double? rate, IReadOnlyList<NpgsqlBatchCommand> statements, long epoch, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection); // one transaction, as it is sent in one go
        // First, so that of two writers the later waits here and then finds that it is not its turn.
        batch.BatchCommands.Add(new Sql("select sourcing.move_build($1, $2, $3, $4)", build.Id, from, to, rate).ToBatchCommand());
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement);
        batch.BatchCommands.Add(Fence(epoch)); // last, because the lease cannot be renewed meanwhile
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Keeps what a comparison with the active build has found.</summary>
    public Task Compared(Build build, Comparison compared, long epoch, CancellationToken ct) =>
        Fenced(epoch, [new("update sourcing.builds set compared = $2::jsonb where build = $1", build.Id, compared.ToJson())], ct);

    /// <summary>Puts a build in the place of the active one.</summary>
    public Task Activate(Build build, long epoch, CancellationToken ct) => Fenced(epoch, [new("select sourcing.activate_build($1)", build.Id)], ct);

    private async Task Fenced(long epoch, IEnumerable<Sql> statements, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement.ToBatchCommand());
        batch.BatchCommands.Add(Fence(epoch));
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlBatchCommand Fence(long epoch) => new Sql("select log.fence($1)", epoch).ToBatchCommand();

    private static Build ReadBuild(NpgsqlDataReader row) => new(
        row.GetInt64(3), row.GetString(0), row.GetInt32(4), row.GetString(5), row.GetInt64(6),
        row.IsDBNull(7) ? null : new(row.GetInt64(7), row.GetString(8), row.GetInt64(9), row.GetString(10), row.GetString(11), row.GetFieldValue<DateTimeOffset>(12)),
        new(row.GetFieldValue<string[]>(13).Zip(row.GetFieldValue<string[]>(14)).ToDictionary(t => t.First, t => t.Second, StringComparer.Ordinal)));
}
