using System.Collections.Concurrent;
using System.Text.Json;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Messaging.Control;

/// <summary>What the service's own tables say about where messages are.</summary>
internal sealed class ControlQueries(EventLog log, NpgsqlDataSource database, TimeProvider clock)
{
    private const long CountedAtOnce = 100_000; // positions
    private const int RarerThanItTakes = 50;

    private const string Taken = """
        (select topic, source, accepted - started_at as accepted, without_handler, skipped from inbox.marks where subscription = $1
         union all select topic, source, accepted, without_handler, skipped from inbox.forgotten where subscription = $1) taken
        """;

    private const string CountsOfAside = """
        count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'failing') as failing,
        count(*) filter (where state = 'parked') as parked, count(*) filter (where state = 'dead') as dead,
        count(*) filter (where state = 'refused') as refused, count(*) filter (where state = 'skipped') as skipped
        """;

    private readonly ConcurrentDictionary<string, (Guid LogId, PublishedCount Count)> _published = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (MessageSums TakenIn, long At, TimeSpan Took)> _takenIn = new(StringComparer.Ordinal);

    public async Task<LogState> State(CancellationToken ct) => (await Query(new("""
        select (select log_id from log.incarnations order by number desc limit 1), l.position, l.relayed, u.count,
               (select count(*) from log.positions p cross join lateral (select topic from log.events where id = p.event_id offset 0) e
                where p.position > l.relayed and p.position <= l.position and e.topic is not null) + u.published,
               extract(epoch from clock_timestamp() - least(u.oldest,
                   (select e.recorded_at from log.positions p cross join lateral (select topic, recorded_at from log.events where id = p.event_id offset 0) e
                    where p.position > l.relayed and p.position <= l.position and e.topic is not null order by p.position limit 1)))::float8
        from log.progress l,
             (select count(*) as count, count(topic) as published, min(recorded_at) filter (where topic is not null) as oldest from log.unsequenced) u
        """), r => new LogState(r.GetGuid(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.IsDBNull(5) ? null : r.GetDouble(5)), ct)).Single();

    public async Task<IReadOnlyList<MessageView>> Newest(int limit, CancellationToken ct) => await View(await log.Reader.Newest(limit, ct), ct);

    /// <summary>The newest that had a position by a time, newest first.</summary>
    public async Task<IReadOnlyList<MessageView>> NewestAt(DateTimeOffset time, int limit, CancellationToken ct)
    {
        var last = await log.Reader.PositionAt(time, ct);
        var count = (int)Math.Min(limit, last);
        return count == 0 ? [] : [.. (await View(await log.Reader.After(last - count, count, ct), ct)).Reverse()];
    }

    public async Task<IReadOnlyList<MessageView>> OfCorrelation(Guid correlation, int limit, CancellationToken ct) =>
        await View(await log.Reader.OfCorrelation(correlation, limit, ct), ct);

    public async Task<MessageView?> OfMessage(Guid messageId, CancellationToken ct) =>
        await log.Reader.OfMessage(messageId, ct) is { } recorded ? (await View([recorded], ct)).Single() : null;

    /// <summary>Where a subscription's messages are, per topic and source.</summary>
    public Task<IReadOnlyList<MessageSums>> Sums(string subscription, CancellationToken ct) => Query(new($$"""
        with marks as (
            select topic, source, sum(accepted) as accepted, sum(without_handler) as without_handler, sum(skipped) as skipped
            from {{Taken}}
            group by 1, 2),
        aside as (
            select topic, source, {{CountsOfAside}}
            from inbox.parked where subscription = $1 group by 1, 2),
        raw as ( -- what of it came another way is accounted for there
            select q.topic, q.source, count(distinct (q.stream, q.sequence)) as quarantined from inbox.quarantined q
            where q.subscription = $1 and q.source is not null and q.sequence is not null
              and not exists (select from inbox.marks m where m.subscription = $1 and (m.topic, m.source, m.stream) = (q.topic, q.source, q.stream) and m.accepted >= q.sequence)
              and not exists (select from inbox.parked p where p.subscription = $1 and (p.topic, p.source, p.stream, p.sequence) = (q.topic, q.source, q.stream, q.sequence))
            group by 1, 2)
        select topic, source, coalesce(m.accepted, 0)::bigint, coalesce(m.without_handler, 0)::bigint, coalesce(a.waiting, 0), coalesce(a.failing, 0),
            coalesce(a.parked, 0), coalesce(a.dead, 0), coalesce(a.refused, 0), coalesce(a.skipped, 0), coalesce(m.skipped, 0)::bigint, coalesce(r.quarantined, 0)
        from marks m full join aside a using (topic, source) full join raw r using (topic, source)
        """, subscription), r => new MessageSums(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6),
            r.GetInt64(7), r.GetInt64(8), r.GetInt64(9), r.GetInt64(10), r.GetInt64(11)), ct);

    /// <summary>
    /// The sum of it all, for whoever looks again and again. What was taken in stands in the mark of each stream, so that may be as old as
    /// fifty times what counting it took; what is set aside is as it is now.
    /// </summary>
    public async Task<MessageSums> RecentTotal(string subscription, CancellationToken ct)
    {
        if (!_takenIn.TryGetValue(subscription, out var last) || clock.GetElapsedTime(last.At) > last.Took * RarerThanItTakes)
        {
            var began = clock.GetTimestamp();
            _takenIn[subscription] = last = (await TakenIn(subscription, ct), began, clock.GetElapsedTime(began));
        }
        return (await Query(new($"select {CountsOfAside} from inbox.parked where subscription = $1", subscription), r => last.TakenIn with
        {
            Waiting = r.GetInt64(0),
            Failing = r.GetInt64(1),
            Parked = r.GetInt64(2),
            Dead = r.GetInt64(3),
            Refused = r.GetInt64(4),
            SkippedRows = r.GetInt64(5),
        }, ct)).Single();
    }

    private async Task<MessageSums> TakenIn(string subscription, CancellationToken ct) => (await Query(new($"""
        select coalesce(sum(accepted), 0)::bigint, coalesce(sum(without_handler), 0)::bigint, coalesce(sum(skipped), 0)::bigint
        from {Taken}
        """, subscription), r => MessageSums.None("", "") with { Accepted = r.GetInt64(0), WithoutHandler = r.GetInt64(1), SkippedMissing = r.GetInt64(2) }, ct)).Single();

    /// <summary>How many messages could not be attributed.</summary>
    public async Task<long> CountQuarantined(string subscription, CancellationToken ct) =>
        (await Query(new("select count(*) from inbox.quarantined where subscription = $1", subscription), r => r.GetInt64(0), ct)).Single();

    /// <summary>Messages that could not be attributed, newest first, without what they say.</summary>
    public Task<IReadOnlyList<QuarantinedMessage>> Quarantined(string subscription, int limit, CancellationToken ct) => Query(new("""
        select topic, partition, "offset", reason, source, stream, sequence, quarantined_at, skipped from inbox.quarantined
        where subscription = $1 order by quarantined_at desc limit $2
        """, subscription, limit), r => new QuarantinedMessage(r.GetString(0), r.GetInt32(1), r.GetInt64(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4),
            r.IsDBNull(5) ? null : r.GetString(5), r.IsDBNull(6) ? null : r.GetInt64(6), r.GetFieldValue<DateTimeOffset>(7), r.GetBoolean(8)), ct);

    /// <summary>
    /// What this log has published to a topic, up to the last position it has given. What was published up to a position stays the same for as
    /// long as the log does, so only what came since the last time is counted.
    /// </summary>
    public async Task<PublishedCount> Published(string topic, CancellationToken ct)
    {
        var (logId, counted) = _published.GetValueOrDefault(topic, (default, new(0, 0)));
        while (true)
        {
            var (current, head, upTo, more) = (await Query(new("""
                select (select log_id from log.incarnations order by number desc limit 1), l.position, least(l.position, $2 + $3),
                    (select count(*) from log.positions p cross join lateral (select topic from log.events where id = p.event_id offset 0) e
                     where p.position > $2 and p.position <= least(l.position, $2 + $3) and e.topic = $1)
                from log.progress l
                """, topic, counted.Position, CountedAtOnce), r => (r.GetGuid(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)), ct)).Single();
            if (current != logId && counted.Position > 0)
            {
                (logId, counted) = (current, new(0, 0)); // restored: it may have lost some
                continue;
            }
            (logId, counted) = (current, new(upTo, counted.Messages + more));
            _published[topic] = (logId, counted);
            if (upTo >= head)
                return counted;
        }
    }

    /// <summary>Streams with messages set aside, those that have waited longest first.</summary>
    public Task<IReadOnlyList<ParkedStream>> ParkedStreams(string subscription, int limit, CancellationToken ct) => Query(new("""
        select p.topic, p.source, p.stream, p.state, p.sequence, p.message_id, p.type, p.attempts, p.cause, p.parked_at, p.next_attempt_at,
            (select count(*) from inbox.parked b where (b.subscription, b.topic, b.source, b.stream) = ($1, p.topic, p.source, p.stream)
                and b.sequence > p.sequence and b.state in ('waiting', 'failing', 'parked', 'dead'))
        from (select distinct on (topic, source, stream) * from inbox.parked
              where subscription = $1 and state in ('waiting', 'failing', 'parked', 'dead') order by topic, source, stream, sequence) p
        order by p.parked_at limit $2
        """, subscription, limit), r => new ParkedStream(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt64(4), r.GetGuid(5), r.GetString(6),
            r.GetInt32(7), r.IsDBNull(8) ? null : r.GetString(8), r.GetFieldValue<DateTimeOffset>(9), r.IsDBNull(10) ? null : r.GetFieldValue<DateTimeOffset>(10), r.GetInt64(11)), ct);

    public Task<IReadOnlyList<DeadLetter>> DeadLetters(string subscription, int limit, CancellationToken ct) => Query(new("""
        select p.message_id, p.type, p.topic, p.partition, p."offset", p.source, p.stream, p.sequence, p.attempts, p.cause, p.recorded_at, p.first_failed_at, p.last_failed_at,
            (select count(*) from inbox.parked b where (b.subscription, b.topic, b.source, b.stream) = ($1, p.topic, p.source, p.stream)
                and b.sequence > p.sequence and b.state in ('waiting', 'failing', 'parked'))
        from inbox.parked p where p.subscription = $1 and p.state = 'dead' order by p.last_failed_at desc limit $2
        """, subscription, limit), r => new DeadLetter(r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetInt32(3), r.IsDBNull(4) ? null : r.GetInt64(4), r.GetString(5),
            r.GetString(6), r.GetInt64(7), r.GetInt32(8), r.GetString(9), r.GetFieldValue<DateTimeOffset>(10), r.GetFieldValue<DateTimeOffset>(11),
            r.GetFieldValue<DateTimeOffset>(12), r.GetInt64(13)), ct);

    /// <summary>A message that is set aside, by its place on the topic or, where it came by backfill, by its id.</summary>
    public async Task<AsideView?> SetAside(string subscription, string topic, int partition, long offset, Guid? messageId, CancellationToken ct) => (await Query(new("""
        select state, attempts, cause, parked_at, next_attempt_at from inbox.parked
        where subscription = $1 and topic = $2 and (partition = $3 and "offset" = $4 or message_id = $5) order by "offset" is null limit 1
        """, subscription, topic, partition, offset, messageId),
        r => new AsideView(r.GetString(0), r.GetInt32(1), r.IsDBNull(2) ? null : r.GetString(2), r.GetFieldValue<DateTimeOffset>(3),
            r.IsDBNull(4) ? null : r.GetFieldValue<DateTimeOffset>(4)), ct)) is [var aside, ..] ? aside : null;

    /// <summary>The failed message that a parked one is behind.</summary>
    public async Task<Blocking?> HeldUpBy(string subscription, string topic, int partition, long offset, Guid? messageId, CancellationToken ct) => (await Query(new("""
        select b.message_id, b.type, b.state, b.cause from inbox.parked p
        join inbox.parked b on (b.subscription, b.topic, b.source, b.stream) = (p.subscription, p.topic, p.source, p.stream) and b.sequence < p.sequence
        where p.subscription = $1 and p.topic = $2 and (p.partition = $3 and p."offset" = $4 or p.message_id = $5) and b.state in ('failing', 'dead')
        order by b.sequence limit 1
        """, subscription, topic, partition, offset, messageId),
        r => new Blocking(r.GetGuid(0), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3)), ct)).SingleOrDefault();

    /// <summary>Whether the stream's mark has passed this place.</summary>
    public async Task<bool> IsAccepted(string subscription, string topic, string source, string stream, long sequence, CancellationToken ct) => (await Query(new("""
        select exists (select from inbox.marks where (subscription, topic, source, stream) = ($1, $2, $3, $4) and accepted >= $5)
        """, subscription, topic, source, stream, sequence), r => r.GetBoolean(0), ct)).Single();

    public Task<IReadOnlyList<AuditEntry>> Audit(int limit, CancellationToken ct) => Query(new(
        "select id, at, who, subscription, action, details::text from inbox.audit order by id desc limit $1", limit),
        r => new AuditEntry(r.GetInt64(0), r.GetFieldValue<DateTimeOffset>(1), r.GetString(2), r.GetString(3), r.GetString(4), JsonSerializer.Deserialize<JsonElement>(r.GetString(5))), ct);

    public async Task<HandledBatch?> BatchOf(string subscription, string topic, int partition, long offset, CancellationToken ct) => (await Query(new("""
        select handled_at, extract(epoch from took)::float8 * 1000, attempts, handled from inbox.batches
        where subscription = $1 and topic = $2 and partition = $3 and last_offset >= $4 and first_offset <= $4 and $4 = any (offsets)
        order by last_offset limit 1
        """, subscription, topic, partition, offset),
        r => new HandledBatch(r.GetFieldValue<DateTimeOffset>(0), r.GetDouble(1), r.GetInt32(2), r.GetInt32(3)), ct)).SingleOrDefault();

    /// <summary>
    /// What an id may mean: a message, a journey, or an entity of any kind, whose stream then names it. The log's kinds of streams are
    /// few, and found by the index.
    /// </summary>
    public async Task<IReadOnlyList<MessageView>> Meant(Guid id, int limit, CancellationToken ct)
    {
        var streams = await Query(new("""
            with recursive kinds as (
                (select split_part(stream, '-', 1) collate "C" as kind from log.streams order by stream limit 1)
                union all
                select (select split_part(s.stream, '-', 1) collate "C" from log.streams s where s.stream > k.kind || '.' order by s.stream limit 1)
                from kinds k where k.kind is not null)
            select kind || '-' || $1 from kinds where kind is not null
            """, id.ToString()), r => r.GetString(0), ct);
        List<RecordedEvent> meant = [.. await log.Reader.OfCorrelation(id, limit, ct)];
        if (await log.Reader.OfMessage(id, ct) is { } message)
            meant.Add(message);
        foreach (var stream in streams)
            meant.AddRange(await log.Reader.Stream(StreamName.Parse(stream), 0, limit, ct));
        return await View([.. meant.DistinctBy(e => e.MessageId).OrderBy(e => e.RecordedAt).Take(limit)], ct);
    }

    private async Task<IReadOnlyList<MessageView>> View(IReadOnlyList<RecordedEvent> events, CancellationToken ct)
    {
        var relayed = (await Query(new("""
            select p.position, r.partition, r.offsets[array_position(r.positions, p.position)], r.relayed_at
            from unnest($1) p (position)
            cross join lateral (
                select partition, positions, offsets, relayed_at from log.relayed r
                where r.last_position in (select last_position from log.relayed n where n.last_position >= p.position order by last_position limit 1)
                  and p.position = any (r.positions)
                limit 1) r
            """, events.Where(e => e.Position is not null).Select(e => e.Position!.Value).ToArray()),
            r => (Position: r.GetInt64(0), Relayed: new Relayed(r.GetInt32(1), r.GetInt64(2), r.GetFieldValue<DateTimeOffset>(3))), ct))
            .ToDictionary(r => r.Position, r => r.Relayed);
        return [.. events.Select(e => new MessageView(
            e.MessageId, e.Type, e.Stream, e.Version, e.Sequence, e.Topic, e.Position, e.RecordedAt, e.SequencedAt, e.Cause.CorrelationId,
            e.Cause.CausationId, e.Cause.TraceParent, e.Position is { } position ? relayed.GetValueOrDefault(position) : null))];
    }

    private async Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await sql.Query(connection, read, ct);
    }
}

internal sealed record LogState(Guid LogId, long Position, long Relayed, long Unsequenced, long Unrelayed, double? OldestUnrelayedSeconds);

internal sealed record Relayed(int Partition, long Offset, DateTimeOffset At);

internal sealed record MessageView(
    Guid MessageId, string Type, string Stream, long Version, long? Sequence, string? Topic, long? Position, DateTimeOffset RecordedAt,
    DateTimeOffset? SequencedAt, Guid CorrelationId, Guid? CausationId, string? Traceparent, Relayed? Relayed);

/// <summary>How many messages were published to a topic up to a position.</summary>
internal sealed record PublishedCount(long Position, long Messages);

/// <summary>A stream with messages set aside: the one that holds it up, and how many are behind.</summary>
internal sealed record ParkedStream(
    string Topic, string Source, string Stream, string State, long Sequence, Guid MessageId, string Type, int Attempts, string? Cause, DateTimeOffset ParkedAt,
    DateTimeOffset? NextAttemptAt, long Behind);

internal sealed record DeadLetter(
    Guid MessageId, string Type, string Topic, int Partition, long? Offset, string Source, string Stream, long Sequence, int Attempts, string Cause,
    DateTimeOffset RecordedAt, DateTimeOffset FirstFailedAt, DateTimeOffset LastFailedAt, long Behind);

internal sealed record QuarantinedMessage(
    string Topic, int Partition, long Offset, string Reason, string? Source, string? Stream, long? Sequence, DateTimeOffset QuarantinedAt, bool Skipped);

internal sealed record AsideView(string State, int Attempts, string? Cause, DateTimeOffset ParkedAt, DateTimeOffset? NextAttemptAt);

internal sealed record Blocking(Guid MessageId, string Type, string State, string? Cause);

internal sealed record AuditEntry(long Id, DateTimeOffset At, string Who, string Subscription, string Action, JsonElement Details);

internal sealed record HandledBatch(DateTimeOffset At, double DurationMs, int Attempts, int Handled);
