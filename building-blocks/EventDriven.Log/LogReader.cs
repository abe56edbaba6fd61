using Npgsql;

namespace EventDriven.Log;

/// <summary>Reads the log. Only positions give an order across streams; a version gives it within one.</summary>
public sealed class LogReader
{
    private const string Select = """
        select e.log_id, e.stream, e.version, p.position, p.sequenced_at, e.topic, e.sequence, e.type, e.message_id,
               e.correlation_id, e.causation_id, e.traceparent, e.recorded_at, e.effective_at, e.subject, e.data
        """;
    private const int Window = 10_000; // positions that one statement looks at

    // A range of positions, and event by event: left to itself, the planner joins the whole log as long as it does not know better.
    private const string InWindow = Select + """
         from (select * from log.positions where position > $1 and position <= $2) p
         cross join lateral (select * from log.events where id = p.event_id offset 0) e
        where e.topic = $3 order by p.position limit $4
        """;
    private const string ByEvent = Select + " from log.events e left join log.positions p on p.event_id = e.id ";

    private const int HashColumn = 16; // after those of Select
    private const string ChainedEvents = Select + """
        , e.hash from log.events e left join log.positions p on p.event_id = e.id
        where e.stream = $1 and e.version >= $2 order by e.version limit $3
        """;

    private readonly NpgsqlDataSource _database;

    internal LogReader(NpgsqlDataSource database) => _database = database;

    /// <summary>The next events of the whole log after a position, in its order; private ones too.</summary>
    public Task<IReadOnlyList<RecordedEvent>> After(long position, int limit, CancellationToken ct) => After(position, limit, long.MaxValue, ct);

    /// <summary>The same, but not many more bytes of data than wanted.</summary>
    internal Task<IReadOnlyList<RecordedEvent>> After(long position, int limit, long bytes, CancellationToken ct) =>
        Query(AfterStatement(position, limit, bytes), ct);

    internal static Sql AfterStatement(long position, int limit, long bytes) => new("""
        select log_id, stream, version, position, sequenced_at, topic, sequence, type, message_id,
               correlation_id, causation_id, traceparent, recorded_at, effective_at, subject, data
        from log.after($1, $2, $3)
        """, position, limit, bytes);

    /// <summary>What was published to one topic after a position, in the log's order.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> Published(string topic, long position, int limit, CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        var head = (await new Sql("select position from log.progress").Query(connection, row => row.GetInt64(0), ct)).Single();
        List<RecordedEvent> found = [];
        for (var from = position; from < head && found.Count < limit; from += Window)
            found.AddRange(await new Sql(InWindow, from, from + Window, topic, limit - found.Count).Query(connection, Read, ct));
        return found;
    }

    /// <summary>What one stream published to one topic after a sequence, in order; only what has a position.</summary>
    public Task<IReadOnlyList<RecordedEvent>> Published(string topic, StreamName stream, long sequence, int limit, CancellationToken ct) =>
        Query(new(ByEvent + "where e.stream = $1 and e.topic = $2 and e.sequence > $3 and p.position is not null order by e.version limit $4",
            stream.ToString(), topic, sequence, limit), ct);

    /// <summary>A stream's events from a version on, in order.</summary>
    public Task<IReadOnlyList<RecordedEvent>> Stream(StreamName stream, long fromVersion, int limit, CancellationToken ct) =>
        Query(new(ByEvent + "where e.stream = $1 and e.version >= $2 order by e.version limit $3", stream.ToString(), fromVersion, limit), ct);

    /// <summary>The same, each with its hash: over all that it says and the hash of the event before it.</summary>
    public async Task<IReadOnlyList<(RecordedEvent Event, ReadOnlyMemory<byte> Hash)>> Chained(StreamName stream, long fromVersion, int limit, CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        return await new Sql(ChainedEvents, stream.ToString(), fromVersion, limit)
            .Query(connection, row => (Read(row), (ReadOnlyMemory<byte>)row.GetFieldValue<byte[]>(HashColumn)), ct);
    }

    /// <summary>The newest events, newest first.</summary>
    public Task<IReadOnlyList<RecordedEvent>> Newest(int limit, CancellationToken ct) =>
        Query(new(ByEvent + "order by e.id desc limit $1", limit), ct);

    /// <summary>The last position that was given by a time, by the database's clock; 0 before the first. It is searched for, not scanned.</summary>
    public async Task<long> PositionAt(DateTimeOffset time, CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        return (await new Sql("""
            with recursive search (low, high) as (
                select 0::bigint, position from log.progress
                union all
                select case when p.sequenced_at <= $1 then m.middle else s.low end, case when p.sequenced_at <= $1 then s.high else m.middle - 1 end
                from search s
                cross join lateral (select (s.low + s.high + 1) / 2 as middle) m
                join log.positions p on p.position = m.middle
                where s.low < s.high)
            select low from search where low = high
            """, time.ToUniversalTime()).Query(connection, row => row.GetInt64(0), ct)).Single();
    }

    /// <summary>Everything this log holds of one journey, newest first.</summary>
    public Task<IReadOnlyList<RecordedEvent>> OfCorrelation(Guid correlationId, int limit, CancellationToken ct) =>
        Query(new(ByEvent + "where e.correlation_id = $1 order by e.id desc limit $2", correlationId, limit), ct);

    /// <summary>One event by its message id, if this log holds it.</summary>
    public async Task<RecordedEvent?> OfMessage(Guid messageId, CancellationToken ct) =>
        (await Query(new(ByEvent + "where e.message_id = $1", messageId), ct)).SingleOrDefault();

    private async Task<IReadOnlyList<RecordedEvent>> Query(Sql sql, CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        return await sql.Query(connection, Read, ct);
    }

    internal static RecordedEvent Read(NpgsqlDataReader row) => new()
    {
        LogId = row.GetGuid(0),
        Stream = row.GetString(1),
        Version = row.GetInt64(2),
        Position = row.IsDBNull(3) ? null : row.GetInt64(3),
        SequencedAt = row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4),
        Topic = row.IsDBNull(5) ? null : row.GetString(5),
        Sequence = row.IsDBNull(6) ? null : row.GetInt64(6),
        Type = row.GetString(7),
        MessageId = row.GetGuid(8),
        Cause = new(row.GetGuid(9), row.IsDBNull(10) ? null : row.GetGuid(10), row.IsDBNull(11) ? null : row.GetString(11)),
        RecordedAt = row.GetFieldValue<DateTimeOffset>(12),
        EffectiveAt = row.GetFieldValue<DateTimeOffset>(13),
        Subject = row.IsDBNull(14) ? null : row.GetGuid(14),
        Data = row.GetFieldValue<byte[]>(15),
    };
}
