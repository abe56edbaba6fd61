using Npgsql;

namespace EventDriven.Log.Auditing;

/// <summary>Reads the log as it is stored, in pages; each is one statement, so that what it compares is of one moment.</summary>
internal sealed class AuditReader(NpgsqlDataSource database)
{
    public const int PageOfEvents = 500, PageOfHashes = 5_000;
    private const long PageOfBytes = 1024 * 1024;

    /// <summary>The next positions with their events; null where the event is gone.</summary>
    public Task<IReadOnlyList<(long Position, LinkedEvent? Event)>> After(long position, CancellationToken ct) => Query(
        new($"select position, {LinkedEvent.Columns} from log.linked_after($1, $2, $3)", position, PageOfEvents, PageOfBytes),
        row => (row.GetInt64(0), LinkedEvent.Read(row, first: 1)), ct);

    /// <summary>The next positions with their events' hashes; null where the event is gone.</summary>
    public Task<IReadOnlyList<(long Position, byte[]? Hash)>> HashesAfter(long position, CancellationToken ct) => Query(
        new("select position, hash from log.hashes_after($1, $2)", position, PageOfHashes),
        row => (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)), ct);

    /// <summary>A stream's next events.</summary>
    public Task<IReadOnlyList<LinkedEvent>> OfStream(string stream, long fromVersion, CancellationToken ct) => Query(
        new($"select {LinkedEvent.Columns} from log.linked where stream = $1 and version >= $2 order by version limit $3", stream, fromVersion, PageOfEvents),
        row => LinkedEvent.Read(row, first: 0)!, ct);

    /// <summary>The next streams by name, and whether the newest event of each is what its head says.</summary>
    public Task<IReadOnlyList<(string Stream, bool Stands)>> HeadsAfter(string stream, CancellationToken ct) => Query(
        new("select stream, stands from log.heads_after($1, $2)", stream, PageOfEvents), row => (row.GetString(0), row.GetBoolean(1)), ct);

    /// <summary>The version that a stream's head says; null where there is none.</summary>
    public async Task<long?> HeadOf(string stream, CancellationToken ct) =>
        (await Query(new("select version from log.streams where stream = $1", stream), row => (long?)row.GetInt64(0), ct)).SingleOrDefault();

    /// <summary>The position before a stream's first event that has one; 0 where there is none.</summary>
    public async Task<long> PositionBefore(string stream, CancellationToken ct) => (await Query(new("""
        select p.position - 1 from log.events e join log.positions p on p.event_id = e.id where e.stream = $1 order by e.version limit 1
        """, stream), row => row.GetInt64(0), ct)).SingleOrDefault();

    /// <summary>The anchors after a position, in order.</summary>
    public Task<IReadOnlyList<Anchor>> AnchorsAfter(long position, CancellationToken ct) => AnchorsAfter(position, long.MaxValue, ct);

    /// <summary>The anchors after a position up to another, in order.</summary>
    public Task<IReadOnlyList<Anchor>> AnchorsAfter(long position, long upTo, CancellationToken ct) => Query(
        new("select position, count, hash from log.anchors where position > $1 and position <= $2 order by position", position, upTo), Anchor.Read, ct);

    /// <summary>The last anchor up to a position.</summary>
    public async Task<Anchor> AnchorUpTo(long position, CancellationToken ct) => (await Query(
        new("select position, count, hash from log.anchors where position <= $1 order by position desc limit 1", position), Anchor.Read, ct)).SingleOrDefault() ?? Anchor.None;

    private async Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await sql.Query(connection, read, ct);
    }
}
