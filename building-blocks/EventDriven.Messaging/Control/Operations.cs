using System.Text.Json;
using EventDriven.Log;
using EventDriven.Log.Control;
using EventDriven.Log.Database;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Subscriptions.Healing;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace EventDriven.Messaging.Control;

/// <summary>
/// What an operator can do to a subscription. Each is one transaction with its entry in the audit, and shows in every process within
/// a second: they all look at the same rows.
/// </summary>
internal sealed class Operations(NpgsqlDataSource database, BackfillClient backfill) : IOperators
{
    /// <summary>The states of messages that still need something, for SQL.</summary>
    public const string OpenStates = "('waiting', 'failing', 'parked', 'dead')";

    private const int MostTries = 3; // of a change that others were in the way of

    /// <summary>Takes in nothing more, or goes on.</summary>
    public Task Pause(string subscription, bool paused, string who, CancellationToken ct) => Audited(subscription, paused ? "pause" : "resume", who, async transaction =>
    {
        await Execute(transaction, new("""
            insert into inbox.subscriptions values ($1, $2) on conflict (subscription) do update set paused = excluded.paused
            """, subscription, paused), ct);
        return new { };
    }, ct);

    /// <summary>What a redrive of these would run, in order, stream by stream: they themselves and what is parked behind them.</summary>
    /// <param name="subscription">Its name.</param>
    /// <param name="messageIds">Which; null for all dead ones.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<PlannedRun>> PlanRedrive(string subscription, Guid[]? messageIds, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await new Sql("""
            with chosen as (
                select * from inbox.parked
                where subscription = $1 and case when $2::uuid[] is null then state = 'dead'
                    else message_id = any ($2) and state in ('failing', 'dead', 'refused', 'skipped') end),
            stops as ( -- a dead one that was not chosen holds up what is behind it
                select c.topic, c.source, c.stream, c.log_id, min(c.sequence) as first, min(d.sequence) as stop
                from chosen c left join inbox.parked d on (d.subscription, d.topic, d.source, d.stream, d.log_id) = ($1, c.topic, c.source, c.stream, c.log_id)
                    and d.state = 'dead' and d.message_id not in (select message_id from chosen)
                group by 1, 2, 3, 4)
            select p.message_id, p.type, p.topic, p.source, p.stream, p.sequence, p.state, c.message_id is not null as chosen,
                   c.message_id is not null and m.accepted - p.sequence >
                       (select count(*) from inbox.parked l where (l.subscription, l.topic, l.source, l.stream, l.log_id) = ($1, p.topic, p.source, p.stream, p.log_id)
                        and l.sequence > p.sequence and l.sequence <= m.accepted) as later_applied
            from inbox.parked p
            join stops s on (s.topic, s.source, s.stream, s.log_id) = (p.topic, p.source, p.stream, p.log_id)
            join inbox.marks m on (m.subscription, m.topic, m.source, m.stream) = ($1, p.topic, p.source, p.stream)
            left join chosen c on c.message_id = p.message_id
            where p.subscription = $1 and (c.message_id is not null or p.state in ('failing', 'parked') and p.sequence >= s.first)
              and (s.stop is null or p.sequence < s.stop or c.message_id is not null)
            order by p.topic, p.source, p.stream, p.sequence
            """, subscription, messageIds).Query(connection, row => new PlannedRun(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5), row.GetString(6),
                row.GetBoolean(7), row.GetBoolean(8)), ct);
    }

    /// <summary>Gives these messages new attempts, from now on and in their streams' order. Marks do not move.</summary>
    public Task<long?> Redrive(string subscription, IReadOnlyList<PlannedRun> plan, string who, CancellationToken ct) => Audited(subscription, "redrive", who, async transaction =>
    {
        var chosen = plan.Where(p => p.Chosen).Select(p => p.MessageId).ToArray();
        await Touch(transaction, subscription, chosen, ct);
        await Execute(transaction, new("""
            update inbox.parked set state = 'failing', attempts = 0, next_attempt_at = clock_timestamp()
            where subscription = $1 and message_id = any ($2) and state in ('failing', 'dead', 'refused', 'skipped')
            """, subscription, chosen), ct);
        await Execute(transaction, new("""
            update inbox.marks m set blocked = true from inbox.parked p
            where p.subscription = $1 and p.message_id = any ($2) and (m.subscription, m.topic, m.source, m.stream) = (p.subscription, p.topic, p.source, p.stream)
            """, subscription, chosen), ct);
        return new { messageIds = chosen };
    }, ct);

    /// <summary>What a skip would give up: these, or all dead ones.</summary>
    public async Task<IReadOnlyList<PlannedRun>> PlanSkip(string subscription, Guid[]? messageIds, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await new Sql("""
            select message_id, type, topic, source, stream, sequence, state from inbox.parked
            where subscription = $1 and case when $2::uuid[] is null then state = 'dead' else message_id = any ($2) and state in ('failing', 'parked', 'dead') end
            order by topic, source, stream, sequence
            """, subscription, messageIds).Query(connection, row => new PlannedRun(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5), row.GetString(6), true, false), ct);
    }

    /// <summary>Gives these messages up; what is parked behind them goes on. Marks do not move.</summary>
    public Task<long?> Skip(string subscription, IReadOnlyList<PlannedRun> plan, string who, CancellationToken ct) => Audited(subscription, "skip", who, async transaction =>
    {
        var chosen = plan.Select(p => p.MessageId).ToArray();
        await Touch(transaction, subscription, chosen, ct);
        await Execute(transaction, new("""
            update inbox.parked set state = 'skipped', next_attempt_at = null
            where subscription = $1 and message_id = any ($2) and state in ('failing', 'parked', 'dead')
            """, subscription, chosen), ct);
        await Execute(transaction, new("""
            with next as (
                select distinct on (o.topic, o.source, o.stream) o.topic, o.source, o.stream, o.sequence, o.log_id, o.state
                from inbox.parked o join inbox.parked s on (s.subscription, s.topic, s.source, s.stream) = (o.subscription, o.topic, o.source, o.stream)
                where s.subscription = $1 and s.message_id = any ($2) and o.state in ('failing', 'parked', 'dead')
                order by o.topic, o.source, o.stream, o.sequence)
            update inbox.parked p set state = 'failing', attempts = 0, next_attempt_at = clock_timestamp()
            from next n
            where p.subscription = $1 and n.state = 'parked' and (p.topic, p.source, p.stream, p.sequence, p.log_id) = (n.topic, n.source, n.stream, n.sequence, n.log_id)
            """, subscription, chosen), ct);
        await Execute(transaction, new("""
            update inbox.marks m set blocked = exists (
                select 1 from inbox.parked o where (o.subscription, o.topic, o.source, o.stream) = (m.subscription, m.topic, m.source, m.stream)
                and o.state in ('failing', 'parked', 'dead'))
            from inbox.parked s
            where s.subscription = $1 and s.message_id = any ($2) and (m.subscription, m.topic, m.source, m.stream) = (s.subscription, s.topic, s.source, s.stream)
            """, subscription, chosen), ct);
        return new { messageIds = chosen };
    }, ct);

    /// <summary>Gives up what is missing in a stream; what waits for it goes on. Returns how many messages that were, or null where nothing waits.</summary>
    public async Task<long?> SkipGap(string subscription, string topic, string source, string stream, string who, CancellationToken ct)
    {
        long? missing = null;
        await Audited(subscription, "skip", who, async transaction =>
        {
            missing = (await Query(transaction, new("""
                with gap as (
                    select m.accepted, (select min(p.sequence) from inbox.parked p join inbox.sources s on (s.subscription, s.source, s.log_id) = (p.subscription, p.source, p.log_id)
                        where (p.subscription, p.topic, p.source, p.stream, p.state) = ($1, $2, $3, $4, 'waiting')) as first
                    from inbox.marks m where (m.subscription, m.topic, m.source, m.stream) = ($1, $2, $3, $4) for update)
                update inbox.marks m set accepted = g.first - 1, message_id = $5, skipped = m.skipped + greatest(0, g.first - 1 - greatest(g.accepted, m.counted_until)), revision = m.revision + 1
                from gap g where (m.subscription, m.topic, m.source, m.stream) = ($1, $2, $3, $4) and g.first > g.accepted + 1
                returning g.first - 1 - g.accepted
                """, subscription, topic, source, stream, Guid.Empty), row => row.GetInt64(0), ct)).Select(n => (long?)n).SingleOrDefault();
            return missing is null ? null : new { topic, source, stream, missing };
        }, ct);
        return missing;
    }

    /// <summary>Says that somebody has looked at what is quarantined; it stays, and alarms no more. Returns how many messages that were.</summary>
    public async Task<long> SkipQuarantined(string subscription, string who, CancellationToken ct)
    {
        var seen = 0;
        await Audited(subscription, "skip", who, async transaction =>
        {
            var rows = await Query(transaction, new("""
                update inbox.quarantined set skipped = true where subscription = $1 and not skipped returning topic, partition, "offset"
                """, subscription), row => new { topic = row.GetString(0), partition = row.GetInt32(1), offset = row.GetInt64(2) }, ct);
            seen = rows.Count;
            return seen == 0 ? null : new { quarantined = rows };
        }, ct);
        return seen;
    }

    /// <summary>
    /// Takes a restored source's new log as its log: each mark is lowered to the highest sequence that the owner still holds of the old
    /// one, so that what it says anew is new here too. Returns what lay above, which the owner has lost; null when nothing was restored.
    /// </summary>
    /// <exception cref="DependencyUnavailableException">The owner does not tell what it holds.</exception>
    public async Task<IReadOnlyList<LostMessages>?> Accept(Subscription subscription, string source, string who, CancellationToken ct)
    {
        var (name, newLog) = (subscription.Name, await NewLogOf(subscription.Name, source, ct));
        if (newLog is null)
            return null;
        Dictionary<(string Topic, string Stream), long> held = [];
        foreach (var (topic, _) in subscription.Senders.Where(s => s.Source == source))
        {
            for (long? after = 0; after is not null;)
            {
                var page = await backfill.Everything(source, topic, after.Value, ct);
                foreach (var message in page.Messages.Where(m => m.LogId != newLog))
                    held[(topic, message.Stream)] = message.Sequence;
                after = page.Next;
            }
        }

        IReadOnlyList<LostMessages> lost = [];
        await Audited(name, "accept", who, async transaction =>
        {
            await Execute(transaction, new("update inbox.sources set former = former || log_id, log_id = $3, since = clock_timestamp() where (subscription, source) = ($1, $2)", name, source, newLog), ct);
            lost = await Query(transaction, new("""
                with held as (select * from unnest($3, $4, $5) h (topic, stream, sequence)),
                above as (
                    select m.topic, m.stream, coalesce(h.sequence, 0) as held, m.accepted
                    from inbox.marks m left join held h on (h.topic, h.stream) = (m.topic, m.stream)
                    where (m.subscription, m.source) = ($1, $2) and m.accepted > coalesce(h.sequence, 0) for update of m),
                given_up as (
                    update inbox.parked p set state = 'lost', next_attempt_at = null
                    from above a
                    where (p.subscription, p.source, p.topic, p.stream) = ($1, $2, a.topic, a.stream) and p.log_id <> $6 and p.sequence > a.held)
                update inbox.marks m set accepted = a.held, message_id = $7, started_at = least(m.started_at, a.held), revision = m.revision + 1,
                    blocked = exists (select 1 from inbox.parked o where (o.subscription, o.source, o.topic, o.stream) = ($1, $2, m.topic, m.stream)
                        and o.state in ('failing', 'parked', 'dead') and o.sequence <= a.held)
                from above a where (m.subscription, m.source, m.topic, m.stream) = ($1, $2, a.topic, a.stream)
                returning m.topic, m.stream, a.held + 1, a.accepted
                """, name, source, held.Keys.Select(k => k.Topic).ToArray(), held.Keys.Select(k => k.Stream).ToArray(), held.Values.ToArray(), newLog, Guid.Empty),
                row => new LostMessages(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3)), ct);
            // Rows that were open under the old log stay open under the new one: their streams go on.
            await Execute(transaction, new($"update inbox.parked set log_id = $3 where (subscription, source) = ($1, $2) and log_id <> $3 and state in {OpenStates}", name, source, newLog), ct);
            return new { source, logId = newLog, lost };
        }, ct);
        return lost;
    }

    private async Task<Guid?> NewLogOf(string subscription, string source, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await new Sql("""
            select p.log_id from inbox.parked p join inbox.sources s on (s.subscription, s.source) = (p.subscription, p.source)
            where (p.subscription, p.source, p.state) = ($1, $2, 'waiting') and p.log_id <> s.log_id and p.log_id <> all (s.former) order by p.recorded_at desc limit 1
            """, subscription, source).Query(connection, row => (Guid?)row.GetGuid(0), ct)).SingleOrDefault();
    }

    /// <summary>Whoever decided on the streams' marks as they were decides again.</summary>
    private static Task Touch(NpgsqlTransaction transaction, string subscription, Guid[] messageIds, CancellationToken ct) => Execute(transaction, new("""
        with streams as (
            select m.topic, m.source, m.stream from inbox.marks m
            where m.subscription = $1 and (m.topic, m.source, m.stream) in (select topic, source, stream from inbox.parked where subscription = $1 and message_id = any ($2))
            order by 1, 2, 3 for update)
        update inbox.marks m set revision = m.revision + 1 from streams s
        where m.subscription = $1 and (m.topic, m.source, m.stream) = (s.topic, s.source, s.stream)
        """, subscription, messageIds), ct);

    public Task<IResult> Acting(HttpContext http, Func<string, Task<IResult>> act) => SubscriptionEndpoints.Operator.Acting(http, act);

    public async Task<long?> Audited(string part, string action, string who, Func<NpgsqlTransaction, Task<object?>> change, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ChangedAndSaid(part, action, who, change, ct);
            }
            catch (Exception race) when (PostgresSession.IsRace(race) && tries < MostTries)
            {
                // A batch sets messages aside before it moves marks, an operator locks the marks first: run again, this waits for the batch.
            }
        }
    }

    private async Task<long?> ChangedAndSaid(string part, string action, string who, Func<NpgsqlTransaction, Task<object?>> change, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await change(transaction) is not { } details)
            return null;
        var id = (await Query(transaction, new("insert into inbox.audit (who, subscription, action, details) values ($1, $2, $3, $4::jsonb) returning id",
            who, part, action, JsonSerializer.Serialize(details, EventLog.Json)), row => row.GetInt64(0), ct)).Single();
        await transaction.CommitAsync(ct);
        return id;
    }

    public static async Task Execute(NpgsqlTransaction transaction, Sql sql, CancellationToken ct)
    {
        await using var command = sql.ToCommand(transaction.Connection!);
        await command.ExecuteNonQueryAsync(ct);
    }

    public static Task<IReadOnlyList<T>> Query<T>(NpgsqlTransaction transaction, Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct) =>
        sql.Query(transaction.Connection!, read, ct);
}

/// <summary>A message that an operation would touch.</summary>
/// <param name="MessageId">Its id.</param>
/// <param name="Type">Its type's name.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Source">Its publisher.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Sequence">Its place there.</param>
/// <param name="State">What it is now.</param>
/// <param name="Chosen">Asked for; the others run because they are parked behind.</param>
/// <param name="LaterApplied">Later messages of its stream were handled already.</param>
internal sealed record PlannedRun(
    Guid MessageId, string Type, string Topic, string Source, string Stream, long Sequence, string State, bool Chosen, bool LaterApplied);

/// <summary>What a restored publisher no longer holds, though it was handled here.</summary>
internal sealed record LostMessages(string Topic, string Stream, long From, long To);
