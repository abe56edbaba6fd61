using System.Text.Json;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Messaging.Control;

/// <summary>What a subscription has set aside, for somebody who has to decide about it: by cause, by stream, and one by one.</summary>
internal sealed class FailureQueries(NpgsqlDataSource database)
{
    // Ids, numbers and quoted words differ from message to message: without them the same failure is one cause.
    private const string Cause = """
        left(regexp_replace(coalesce(cause, ''), '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|''[^'']*''|"[^"]*"|[0-9]+', '…', 'g'), 300)
        """;
    private const string Group = $"md5(state || type || {Cause})";

    /// <summary>Failed messages by state, type and cause, those that failed last first.</summary>
    public Task<IReadOnlyList<FailureGroup>> Groups(string subscription, CancellationToken ct) => Query(new($"""
        with failed as (
            select {Group} as "group", {Cause} as alike, * from inbox.parked
            where subscription = $1 and state in ('failing', 'dead', 'refused', 'skipped'))
        select f."group", f.state, f.type, f.alike, min(f.cause), count(*), count(distinct (f.topic, f.source, f.stream)),
            case when f.state in ('failing', 'dead') then
                (select count(*) from inbox.parked b where b.subscription = $1 and b.state = 'parked' and (b.topic, b.source, b.stream) in
                    (select o.topic, o.source, o.stream from failed o where o."group" = f."group")) else 0 end,
            min(coalesce(f.first_failed_at, f.parked_at)), max(coalesce(f.last_failed_at, f.parked_at))
        from failed f group by 1, 2, 3, 4 order by 10 desc
        """, subscription), r => new FailureGroup(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4),
            r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.GetFieldValue<DateTimeOffset>(8), r.GetFieldValue<DateTimeOffset>(9)), ct);

    /// <summary>Messages that are set aside, stream by stream and in order: of one group, or of one stream.</summary>
    public Task<IReadOnlyList<SetAsideMessage>> Messages(string subscription, string? group, string? topic, string? source, string? stream, int limit, CancellationToken ct) => Query(new($"""
        select message_id, type, topic, source, stream, sequence, partition, "offset", state, attempts, cause, recorded_at, correlation_id,
            first_failed_at, last_failed_at, next_attempt_at, parked_at
        from inbox.parked
        where subscription = $1 and ($2::text is null or state in ('failing', 'dead', 'refused', 'skipped') and {Group} = $2)
          and ($3::text is null or topic = $3) and ($4::text is null or source = $4) and ($5::text is null or stream = $5)
        order by topic, source, stream, sequence limit $6
        """, subscription, group, topic, source, stream, limit), r => new SetAsideMessage(
            r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt64(5), r.GetInt32(6), r.IsDBNull(7) ? null : r.GetInt64(7), r.GetString(8),
            r.GetInt32(9), r.IsDBNull(10) ? null : r.GetString(10), r.GetFieldValue<DateTimeOffset>(11), r.GetGuid(12), Time(r, 13), Time(r, 14), Time(r, 15),
            r.GetFieldValue<DateTimeOffset>(16)), ct);

    /// <summary>Streams in which messages wait for one that is missing.</summary>
    public Task<IReadOnlyList<Gap>> Gaps(string subscription, int limit, CancellationToken ct) => Query(new("""
        select p.topic, p.source, p.stream, coalesce(m.accepted, 0) + 1, min(p.sequence) - 1, count(*), min(p.parked_at)
        from inbox.parked p
        join inbox.sources s on (s.subscription, s.source, s.log_id) = (p.subscription, p.source, p.log_id)
        left join inbox.marks m on (m.subscription, m.topic, m.source, m.stream) = (p.subscription, p.topic, p.source, p.stream)
        where p.subscription = $1 and p.state = 'waiting'
        group by p.topic, p.source, p.stream, m.accepted having min(p.sequence) > coalesce(m.accepted, 0) + 1
        order by min(p.parked_at) limit $2
        """, subscription, limit), r => new Gap(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetFieldValue<DateTimeOffset>(6)), ct);

    /// <summary>Sources whose log is another one than was accepted: nothing of them is taken in until an operator says so.</summary>
    public Task<IReadOnlyList<RestoredSource>> Restored(string subscription, CancellationToken ct) => Query(new("""
        select p.source, s.log_id, p.log_id, count(*), min(p.parked_at)
        from inbox.parked p join inbox.sources s on (s.subscription, s.source) = (p.subscription, p.source)
        where p.subscription = $1 and p.state = 'waiting' and p.log_id <> s.log_id and p.log_id <> all (s.former) group by 1, 2, 3 order by 5
        """, subscription), r => new RestoredSource(r.GetString(0), r.GetGuid(1), r.GetGuid(2), r.GetInt64(3), r.GetFieldValue<DateTimeOffset>(4)), ct);

    /// <summary>What could not be attributed, as it came.</summary>
    public async Task<QuarantinedBytes?> Quarantined(string subscription, string topic, int partition, long offset, CancellationToken ct) => (await Query(new("""
        select key, headers::text, value from inbox.quarantined where (subscription, topic, partition, "offset") = ($1, $2, $3, $4)
        """, subscription, topic, partition, offset), r => new QuarantinedBytes(
            r.IsDBNull(0) ? null : r.GetFieldValue<byte[]>(0), JsonSerializer.Deserialize<JsonElement>(r.GetString(1)), r.IsDBNull(2) ? null : r.GetFieldValue<byte[]>(2)), ct)).SingleOrDefault();

    /// <summary>How far what an operator told a subscription to do has come. What is no longer set aside was handled.</summary>
    public async Task<OperationProgress?> Progress(long id, CancellationToken ct) => (await Query(new("""
        select a.at, a.who, a.subscription, a.action, cardinality(c.ids), count(p.state),
            count(*) filter (where p.state in ('failing', 'waiting', 'parked')), count(*) filter (where p.state = 'dead'),
            count(*) filter (where p.state = 'refused'), count(*) filter (where p.state = 'skipped')
        from inbox.audit a
        cross join lateral (select coalesce(array_agg(m::uuid), '{}') as ids from jsonb_array_elements_text(coalesce(a.details->'messageIds', '[]')) m) c
        left join inbox.parked p on p.subscription = a.subscription and p.message_id = any (c.ids)
        where a.id = $1 group by a.id, a.at, a.who, a.subscription, a.action, c.ids
        """, id), r => new OperationProgress(r.GetFieldValue<DateTimeOffset>(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4),
            r.GetInt32(4) - r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.GetInt64(8), r.GetInt64(9)), ct)).SingleOrDefault();

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private async Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await sql.Query(connection, read, ct);
    }
}

/// <summary>Failed messages of one type that failed alike.</summary>
/// <param name="Group">What to ask for its messages with.</param>
/// <param name="State">All of them are: failing, dead, refused or skipped.</param>
/// <param name="Type">Their type.</param>
/// <param name="Cause">What their causes have in common.</param>
/// <param name="Example">One of the causes.</param>
/// <param name="Messages">How many.</param>
/// <param name="Streams">Of how many streams.</param>
/// <param name="Behind">How many others are parked in these streams.</param>
/// <param name="FirstFailedAt">The first time.</param>
/// <param name="LastFailedAt">The last time.</param>
internal sealed record FailureGroup(
    string Group, string State, string Type, string Cause, string? Example, long Messages, long Streams, long Behind, DateTimeOffset FirstFailedAt, DateTimeOffset LastFailedAt);

internal sealed record SetAsideMessage(
    Guid MessageId, string Type, string Topic, string Source, string Stream, long Sequence, int Partition, long? Offset, string State, int Attempts, string? Cause,
    DateTimeOffset RecordedAt, Guid CorrelationId, DateTimeOffset? FirstFailedAt, DateTimeOffset? LastFailedAt, DateTimeOffset? NextAttemptAt, DateTimeOffset ParkedAt);

/// <summary>What is missing in a stream, and how many messages wait for it.</summary>
internal sealed record Gap(string Topic, string Source, string Stream, long MissingFrom, long MissingTo, long Waiting, DateTimeOffset Since);

internal sealed record RestoredSource(string Source, Guid LogId, Guid NewLogId, long Waiting, DateTimeOffset Since);

internal sealed record QuarantinedBytes(byte[]? Key, JsonElement Headers, byte[]? Value);

/// <summary>What became of the messages of one operation.</summary>
internal sealed record OperationProgress(
    DateTimeOffset At, string Who, string Subscription, string Action, long Total, long Handled, long Open, long Dead, long Refused, long Skipped);
