using EventDriven.Log;
using Npgsql;

namespace EventDriven.Messaging.Control;

/// <summary>What the service's own tables say about where messages are.</summary>
internal sealed class ControlQueries(EventLog log, NpgsqlDataSource database)
{
    public async Task<LogState> State(CancellationToken ct) => (await Query(new("""
        select (select log_id from log.incarnations order by number desc limit 1), l.position, l.relayed, u.count,
               (select count(*) from log.positions p join log.events e on e.id = p.event_id where p.position > l.relayed and e.topic is not null) + u.published,
               extract(epoch from clock_timestamp() - least(u.oldest,
                   (select e.recorded_at from log.positions p join log.events e on e.id = p.event_id
                    where p.position > l.relayed and e.topic is not null order by p.position limit 1)))::float8
        from log.progress l,
             (select count(*) as count, count(topic) as published, min(recorded_at) filter (where topic is not null) as oldest from log.unsequenced) u
        """), r => new LogState(r.GetGuid(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.IsDBNull(5) ? null : r.GetDouble(5)), ct)).Single();

    public async Task<IReadOnlyList<MessageView>> Newest(int limit, CancellationToken ct) => await View(await log.Reader.Newest(limit, ct), ct);

    public async Task<IReadOnlyList<MessageView>> OfCorrelation(Guid correlation, int limit, CancellationToken ct) =>
        await View(await log.Reader.OfCorrelation(correlation, limit, ct), ct);

    public async Task<MessageView?> OfMessage(Guid messageId, CancellationToken ct) =>
        await log.Reader.OfMessage(messageId, ct) is { } recorded ? (await View([recorded], ct)).Single() : null;

    public Task<IReadOnlyList<HandledCount>> Handled(string subscription, CancellationToken ct) => Query(new(
        "select coalesce(sum(handled), 0), coalesce(sum(without_handler), 0) from inbox.batches where subscription = $1", subscription),
        r => new HandledCount(r.GetInt64(0), r.GetInt64(1)), ct);

    public async Task<HandledBatch?> BatchOf(string subscription, string topic, int partition, long offset, CancellationToken ct) => (await Query(new("""
        select handled_at, extract(epoch from took)::float8 * 1000, attempts, handled from inbox.batches
        where subscription = $1 and topic = $2 and partition = $3 and last_offset >= $4 and first_offset <= $4 and $4 = any (offsets)
        order by last_offset limit 1
        """, subscription, topic, partition, offset),
        r => new HandledBatch(r.GetFieldValue<DateTimeOffset>(0), r.GetDouble(1), r.GetInt32(2), r.GetInt32(3)), ct)).SingleOrDefault();

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

internal sealed record HandledCount(long Handled, long WithoutHandler);

internal sealed record HandledBatch(DateTimeOffset At, double DurationMs, int Attempts, int Handled);
