using EventDriven.Log.Coalescing;
using Npgsql;

namespace EventDriven.Log.Auditing;

/// <summary>Says on request whether the log is what was written: every hash is computed anew in this process, not by the database.</summary>
public sealed class LogAudit
{
    private const int MostFindings = 100;

    private readonly AuditReader _reader;
    private readonly NpgsqlDataSource _database;

    internal LogAudit(AuditReader reader, NpgsqlDataSource database) => (_reader, _database) = (reader, database);

    /// <summary>Verifies one stream: each event, that none is missing, and the stream's head.</summary>
    public Task<Verification> Verify(StreamName stream, CancellationToken ct) => VerifyStream(stream.ToString(), ct);

    internal async Task<Verification> VerifyStream(string name, CancellationToken ct)
    {
        var (hash, events) = (new EventHash(), 0L);
        List<Finding> findings = [];
        for (var page = await _reader.OfStream(name, 0, ct); page.Count > 0; page = await _reader.OfStream(name, page[^1].Content.Version + 1, ct))
        {
            findings.AddRange(page.SelectMany(e => e.Verify(hash)));
            events += page.Count;
        }
        if (events == 0 && await _reader.HeadOf(name, ct) is >= 0 and var head)
            findings.Add(Finding.Of(FindingKind.Missing, name, 0, $"the whole stream is gone; its head is at version {head}"));
        return new(events, [.. findings.DistinctBy(f => (f.Kind, f.Version))]);
    }

    /// <summary>
    /// Verifies the log against its anchors, from before a stream's first event on: a tail or a stream that was removed together with
    /// its head is found too. It reads as much of the log as there is since then.
    /// </summary>
    public async Task<Verification> VerifyAnchors(StreamName stream, CancellationToken ct)
    {
        var from = await _reader.AnchorUpTo(await _reader.PositionBefore(stream.ToString(), ct), ct);
        return await Walk(new(from, await _reader.AnchorsAfter(from.Position, ct)), ct);
    }

    /// <summary>Verifies the whole log up to an anchor that somebody else has kept, as it came on the topic.</summary>
    public Task<Verification> Verify(LogAnchored anchor, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(anchor);
        return Walk(new(Anchor.None, [new(anchor.Position, anchor.Count, Convert.FromHexString(anchor.Hash))]), ct);
    }

    /// <summary>How far the background's verification is, and what it has found.</summary>
    public async Task<AuditState> State(CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        var findings = await new Sql("""
            select f.id, f.found_at, f.kind, f.stream, f.version, f.position, f.what, a.accepted_at, a.who, a.reason
            from log.findings f left join log.accepted_findings a on a.finding = f.id order by a.finding is not null, f.id desc limit $1
            """, MostFindings).Query(connection, row => new StoredFinding(
                row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.IsDBNull(4) ? null : row.GetInt64(4),
                row.IsDBNull(5) ? null : row.GetInt64(5), row.GetString(6),
                row.IsDBNull(7) ? null : new(row.GetFieldValue<DateTimeOffset>(7), row.GetString(8), row.GetString(9))), ct);
        return (await new Sql("""
            select n.position, w.began_at, case when w.began_at < w.ended_at then w.ended_at end, a.position, a.count, encode(a.hash, 'hex'), a.recorded_at,
                   (select count(*) from log.findings f where not exists (select from log.accepted_findings o where o.finding = f.id))
            from log.sweeps n join log.sweeps w on (n.part, w.part) = ('newest', 'whole')
            left join (select * from log.anchors order by position desc limit 1) a on true
            """).Query(connection, row => new AuditState(
                row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.IsDBNull(2) ? null : row.GetFieldValue<DateTimeOffset>(2),
                row.IsDBNull(3) ? null : new(new(row.GetInt64(4), row.GetString(5), row.GetInt64(3)), row.GetFieldValue<DateTimeOffset>(6)), row.GetInt64(7), findings), ct)).Single();
    }

    /// <summary>Says that somebody has looked into a finding: it does not show any more. False when there is no such open one.</summary>
    public async Task<bool> Accept(long finding, string who, string reason, CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        await using var accept = new Sql("""
            insert into log.accepted_findings (finding, who, reason) select id, $2, $3 from log.findings where id = $1 on conflict do nothing
            """, finding, who, reason).ToCommand(connection);
        return await accept.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>How many findings nobody has accepted, and the newest of them.</summary>
    internal async Task<(long Open, Finding? Newest)> OpenFindings(CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        return (await new Sql("""
            select f.kind, f.stream, f.version, f.position, f.what, count(*) over () from log.findings f
            where not exists (select from log.accepted_findings a where a.finding = f.id) order by f.id desc limit 1
            """).Query(connection, row => (row.GetInt64(5), (Finding?)SweepTable.ReadFinding(row)), ct)).SingleOrDefault();
    }

    private async Task<Verification> Walk(AnchorWalk walk, CancellationToken ct)
    {
        var events = 0L;
        while (walk.IsAnchoredFurther && await _reader.HashesAfter(walk.Here.Position, ct) is { Count: > 0 } page)
        {
            foreach (var (position, hash) in page.TakeWhile(_ => walk.IsAnchoredFurther))
            {
                walk.Take(position, hash);
                events++;
            }
        }
        walk.End();
        return new(events, walk.Findings);
    }
}
