using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Log.Auditing;

/// <summary>How far the audit is, and what it has found. Only the holder of the log's lease writes.</summary>
internal sealed class SweepTable(NpgsqlDataSource database)
{
    public async Task<SweepState> Read(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await new Sql("""
            select n.position, n.count, n.hash, w.position, w.count, w.hash, w.stream, w.ended_at is null, clock_timestamp() - w.began_at,
                   coalesce(a.position, 0), clock_timestamp() - coalesce(a.recorded_at, n.began_at),
                   (select log_id from log.incarnations order by number desc limit 1)
            from log.sweeps n join log.sweeps w on (n.part, w.part) = ('newest', 'whole')
            left join (select * from log.anchors order by position desc limit 1) a on true
            """).Query(connection, row => new SweepState(
                new(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2)),
                new(row.GetInt64(3), row.GetInt64(4), row.GetFieldValue<byte[]>(5)),
                row.IsDBNull(6) ? null : row.GetString(6), row.GetBoolean(7), row.GetTimeSpan(8), row.GetInt64(9), row.GetTimeSpan(10), row.GetGuid(11)), ct)).Single();
    }

    /// <summary>Up to where the relay has read the log.</summary>
    public async Task<long> Relayed(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await new Sql("select relayed from log.progress").Query(connection, row => row.GetInt64(0), ct)).Single();
    }

    /// <summary>Saves in one transaction how far it is and what it found on the way; returns what was not known before.</summary>
    public async Task<IReadOnlyList<Finding>> Save(long epoch, SweepState state, IReadOnlyList<Finding> findings, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Insert(findings), Move(state), new Sql("select log.fence($1)", epoch).ToBatchCommand() } };
        await using var row = await batch.ExecuteReaderAsync(ct);
        List<Finding> added = [];
        while (await row.ReadAsync(ct))
            added.Add(ReadFinding(row));
        await row.NextResultAsync(ct);
        return added;
    }

    /// <summary>Whether anything but anchors was appended between two positions.</summary>
    public async Task<bool> HasGrown(long after, long upTo, string anchorType, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await new Sql("""
            select exists (select from log.positions p join log.events e on e.id = p.event_id where p.position > $1 and p.position <= $2 and e.type <> $3)
            """, after, upTo, anchorType).Query(connection, row => row.GetBoolean(0), ct)).Single();
    }

    public static Finding ReadFinding(NpgsqlDataReader row) => new(
        row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetInt64(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.GetString(4));

    private static NpgsqlBatchCommand Insert(IReadOnlyList<Finding> findings)
    {
        var command = new NpgsqlBatchCommand("""
            insert into log.findings (kind, stream, version, position, what) select * from unnest($1, $2, $3, $4, $5)
            on conflict do nothing returning kind, stream, version, position, what
            """);
        Add(NpgsqlDbType.Text, findings.Select(f => f.Kind).ToArray());
        Add(NpgsqlDbType.Text, findings.Select(f => f.Stream).ToArray());
        Add(NpgsqlDbType.Bigint, findings.Select(f => f.Version).ToArray());
        Add(NpgsqlDbType.Bigint, findings.Select(f => f.Position).ToArray());
        Add(NpgsqlDbType.Text, findings.Select(f => f.What).ToArray());
        return command;

        void Add(NpgsqlDbType type, object values) => command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
    }

    private static NpgsqlBatchCommand Move(SweepState state) => new Sql("""
        update log.sweeps s
        set position = m.position, count = m.count, hash = m.hash, stream = m.stream,
            began_at = case when m.begins then clock_timestamp() else s.began_at end,
            ended_at = case when m.part = 'newest' or m.runs then null else coalesce(s.ended_at, clock_timestamp()) end
        from (values ('newest', $1::bigint, $2::bigint, $3::bytea, null::text, false, true), ('whole', $4, $5, $6, $7, $9, $8)) m (part, position, count, hash, stream, begins, runs)
        where s.part = m.part
        """, state.Newest.Position, state.Newest.Count, state.Newest.Hash, state.Whole.Position, state.Whole.Count, state.Whole.Hash,
        state.Stream, state.IsRunning, state.Begins).ToBatchCommand();
}

/// <summary>How far the audit is.</summary>
/// <param name="Newest">Everything up to here was verified once, soon after it got its position.</param>
/// <param name="Whole">Where the verification of the whole log is.</param>
/// <param name="Stream">After all positions it goes by stream: the last one that was looked at; null before.</param>
/// <param name="IsRunning">Whether a verification of the whole log runs.</param>
/// <param name="SinceBegan">For how long, or since when the last one began.</param>
/// <param name="Anchored">The position of the newest anchor.</param>
/// <param name="SinceAnchored">How old it is; where there is none, how long the log has been audited.</param>
/// <param name="LogId">The log's incarnation.</param>
internal sealed record SweepState(
    Anchor Newest, Anchor Whole, string? Stream, bool IsRunning, TimeSpan SinceBegan, long Anchored, TimeSpan SinceAnchored, Guid LogId)
{
    /// <summary>A verification of the whole log begins with what is saved now.</summary>
    public bool Begins { get; init; }
}
