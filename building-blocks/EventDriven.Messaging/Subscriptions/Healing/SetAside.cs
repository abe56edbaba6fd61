using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions.Inbox;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Healing;

/// <summary>What the tables say about a subscription's messages that are set aside.</summary>
internal sealed class SetAside(string subscription, NpgsqlDataSource database)
{
    private const int Most = 1_000;

    public async Task<SetAsideSummary> Summarize(CancellationToken ct)
    {
        var rows = await Query(new("""
            select p.state, s.source is null or p.log_id <> s.log_id and p.log_id <> all (s.former), count(*), min(p.recorded_at), p.source
            from inbox.parked p left join inbox.sources s on (s.subscription, s.source) = (p.subscription, p.source)
            where p.subscription = $1 group by 1, 2, 5
            union all
            select 'paused', false, 1, null, null from inbox.subscriptions where subscription = $1 and paused
            union all
            select 'quarantined', false, count(*), null, null from inbox.quarantined where subscription = $1 and not skipped
            """, subscription), row => (
                State: row.GetString(0), IsRestored: row.GetBoolean(1), Count: row.GetInt64(2),
                Oldest: row.IsDBNull(3) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(3), Source: row.IsDBNull(4) ? "" : row.GetString(4)), ct);
        var restored = rows.Where(r => r.State == "waiting" && r.IsRestored).ToArray();
        return new(
            Of("waiting"), Of("failing"), Of("parked"), Of("dead"), Of("refused"), Of("skipped"), Of("lost"), restored.Sum(r => r.Count), [.. restored.Select(r => r.Source)],
            rows.Where(r => r.State is "waiting" or "failing" or "parked" or "dead").Min(r => r.Oldest), rows.Any(r => r.State == "paused"), Of("quarantined"));

        long Of(string state) => rows.Where(r => r.State == state).Sum(r => r.Count);
    }

    /// <summary>Streams whose failed message may be tried again now.</summary>
    public Task<IReadOnlyList<(MarkKey Key, int Partition)>> Due(CancellationToken ct) => Query(new("""
        select distinct topic, source, stream, partition from inbox.parked
        where subscription = $1 and state = 'failing' and next_attempt_at <= clock_timestamp() limit $2
        """, subscription, Most), row => (new MarkKey(row.GetString(0), row.GetString(1), row.GetString(2)), row.GetInt32(3)), ct);

    /// <summary>Streams with messages that wait, but for those of a log that is not accepted.</summary>
    public Task<IReadOnlyList<WaitingStream>> Waiting(CancellationToken ct) => Query(new("""
        select p.topic, p.source, p.stream, min(p.partition), coalesce(m.accepted, 0), min(p.sequence) filter (where p.log_id = s.log_id),
               clock_timestamp() - min(p.parked_at), array_agg(distinct p.log_id) filter (where p.log_id <> s.log_id)
        from inbox.parked p
        join inbox.sources s on (s.subscription, s.source) = (p.subscription, p.source) and (p.log_id = s.log_id or p.log_id = any (s.former))
        left join inbox.marks m on (m.subscription, m.topic, m.source, m.stream) = (p.subscription, p.topic, p.source, p.stream)
        where p.subscription = $1 and p.state = 'waiting'
        group by p.topic, p.source, p.stream, m.accepted limit $2
        """, subscription, Most), row => new WaitingStream(
            new(row.GetString(0), row.GetString(1), row.GetString(2)), row.GetInt32(3), row.GetInt64(4),
            row.IsDBNull(5) ? null : row.GetInt64(5), row.GetTimeSpan(6), !row.IsDBNull(7)), ct);

    /// <summary>
    /// Settles what came of a former log after its publisher was asked for all it holds of the stream: what it still has was taken in
    /// with the answer, the rest it has lost.
    /// </summary>
    public async Task SettleFormer(MarkKey key, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var settle = new Sql("""
            with former as (
                select p.sequence, p.log_id, p.sequence <= coalesce(m.accepted, 0) as taken from inbox.parked p
                join inbox.sources s on (s.subscription, s.source) = (p.subscription, p.source) and p.log_id = any (s.former)
                left join inbox.marks m on (m.subscription, m.topic, m.source, m.stream) = (p.subscription, p.topic, p.source, p.stream)
                where (p.subscription, p.topic, p.source, p.stream, p.state) = ($1, $2, $3, $4, 'waiting')),
            lost as (
                update inbox.parked p set state = 'lost' from former f
                where (p.subscription, p.topic, p.source, p.stream, p.sequence, p.log_id) = ($1, $2, $3, $4, f.sequence, f.log_id) and not f.taken)
            delete from inbox.parked p using former f
            where (p.subscription, p.topic, p.source, p.stream, p.sequence, p.log_id) = ($1, $2, $3, $4, f.sequence, f.log_id) and f.taken
            """, subscription, key.Topic, key.Source, key.Stream).ToCommand(connection);
        await settle.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The epochs that the database holds; a claim with another one is lost.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, long>> Epochs(CancellationToken ct) => (await Query(new(
        "select topic, partition, epoch from inbox.partitions where subscription = $1", subscription),
        row => (Partition: new TopicPartition(row.GetString(0), row.GetInt32(1)), Epoch: row.GetInt64(2)), ct)).ToDictionary(r => r.Partition, r => r.Epoch);

    /// <summary>
    /// Forgets, some at a time, which batch an old offset was in, and the ids of old messages without order, which stay in the sums. Returns
    /// how much that was.
    /// </summary>
    public async Task<int> Forget(TimeSpan after, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batches = new Sql("""
            delete from inbox.batches
            where id in (select id from inbox.batches where handled_at < clock_timestamp() - $1::interval order by id limit 5000)
            """, after).ToCommand(connection);
        await using var ids = new Sql("""
            with old as (
                select m.topic, m.source, m.stream from inbox.marks m
                where m.subscription = $1 and m.alone_since < clock_timestamp() - $2::interval and not exists (
                    select from inbox.parked p where (p.subscription, p.topic, p.source, p.stream) = (m.subscription, m.topic, m.source, m.stream))
                order by m.alone_since limit 5000 for update skip locked),
            gone as (
                delete from inbox.marks m using old o where m.subscription = $1 and (m.topic, m.source, m.stream) = (o.topic, o.source, o.stream)
                returning m.topic, m.source, m.accepted - m.started_at as accepted, m.without_handler, m.skipped)
            insert into inbox.forgotten as f (subscription, topic, source, accepted, without_handler, skipped)
            select $1, topic, source, sum(accepted), sum(without_handler), sum(skipped) from gone group by topic, source
            on conflict (subscription, topic, source) do update
            set accepted = f.accepted + excluded.accepted, without_handler = f.without_handler + excluded.without_handler, skipped = f.skipped + excluded.skipped
            """, subscription, after).ToCommand(connection);
        return await batches.ExecuteNonQueryAsync(ct) + await ids.ExecuteNonQueryAsync(ct);
    }

    private async Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await sql.Query(connection, read, ct);
    }
}

/// <summary>How many messages are set aside, and why.</summary>
/// <param name="Waiting">For one that is missing, or for a restored source to be accepted.</param>
/// <param name="Failing">With attempts left.</param>
/// <param name="Parked">Behind failing or dead ones.</param>
/// <param name="Dead">Without attempts left.</param>
/// <param name="Refused">Because a rule said no.</param>
/// <param name="Skipped">Because an operator gave them up.</param>
/// <param name="Lost">Because their publisher was restored to a time before them.</param>
/// <param name="OfRestored">Those of the waiting ones that come from a log that is not accepted.</param>
/// <param name="RestoredSources">Whose logs these are.</param>
/// <param name="Oldest">When the oldest open one was published.</param>
/// <param name="IsPaused">An operator wants the subscription to take in nothing.</param>
/// <param name="Quarantined">Kept raw, and no operator has looked at them.</param>
internal sealed record SetAsideSummary(
    long Waiting, long Failing, long Parked, long Dead, long Refused, long Skipped, long Lost, long OfRestored, IReadOnlyList<string> RestoredSources,
    DateTimeOffset? Oldest, bool IsPaused, long Quarantined)
{
    public static SetAsideSummary Empty { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, [], null, IsPaused: false, 0);
}

/// <summary>A stream with messages that wait: what it has accepted, the first that waits, for how long, and whether some are of a former log.</summary>
internal sealed record WaitingStream(MarkKey Key, int Partition, long Accepted, long? First, TimeSpan For, bool HasFormer);
