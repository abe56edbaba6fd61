using System.Text;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Wire;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>The statements that an inbox transaction is made of.</summary>
internal sealed class InboxStatements(string subscription)
{
    /// <summary>Raised by the database when a mark was moved by somebody else since it was read, or something presumed is not so.</summary>
    public const string MarkMoved = "ED003";

    /// <summary>
    /// Holds the claims for the rest of the transaction. A key-share lock lets the other lanes and the low-water mark through and
    /// makes a new owner wait. As many rows come back as claims still hold.
    /// </summary>
    public NpgsqlBatchCommand Fence(IReadOnlyCollection<PartitionClaim> claims)
    {
        var command = new NpgsqlBatchCommand("""
            select 1 from inbox.partitions
            where subscription = $1 and (topic, partition, epoch) in (select * from unnest($2, $3, $4))
            order by topic, partition for key share
            """);
        AddPartitions(command.Parameters, [.. claims.Select(c => c.Partition)]);
        Add(command.Parameters, NpgsqlDbType.Bigint, claims.Select(c => c.Epoch).ToArray());
        return command;
    }

    /// <summary>Holds the claims likewise, and raises where one is lost or a source has another log than this one.</summary>
    public NpgsqlBatchCommand Hold(IReadOnlyCollection<PartitionClaim> claims, IReadOnlyDictionary<string, (Guid LogId, Guid[] Former)> sources)
    {
        var command = new NpgsqlBatchCommand("select inbox.hold($1, $2, $3, $4, $5, $6)");
        AddPartitions(command.Parameters, [.. claims.Select(c => c.Partition)]);
        Add(command.Parameters, NpgsqlDbType.Bigint, claims.Select(c => c.Epoch).ToArray());
        Add(command.Parameters, NpgsqlDbType.Text, sources.Keys.ToArray());
        Add(command.Parameters, NpgsqlDbType.Uuid, sources.Values.Select(s => s.LogId).ToArray());
        return command;
    }

    public NpgsqlBatchCommand ReadMarks(IReadOnlyCollection<MarkKey> keys)
    {
        var command = new NpgsqlBatchCommand("""
            select topic, source, stream, accepted, message_id, log_id, revision, blocked, waiting, without_handler, started_at, replay_until, rewound_to, counted_until
            from inbox.read_marks($1, $2, $3, $4)
            """);
        AddKeys(command.Parameters, keys);
        return command;
    }

    public static (MarkKey Key, InboxMark Mark) ReadMark(NpgsqlDataReader row) => (
        new(row.GetString(0), row.GetString(1), row.GetString(2)),
        new(row.GetInt64(3), row.GetGuid(4), row.GetGuid(5))
        {
            Revision = row.GetInt64(6),
            Blocked = row.GetBoolean(7),
            Waiting = row.GetBoolean(8),
            WithoutHandler = row.GetInt64(9),
            StartedAt = row.GetInt64(10),
            ReplayUntil = row.GetInt64(11),
            RewoundTo = row.IsDBNull(12) ? null : row.GetFieldValue<DateTimeOffset>(12),
            CountedUntil = row.GetInt64(13),
        });

    public NpgsqlBatchCommand ReadSources() => new Sql("select source, log_id, former from inbox.sources where subscription = $1", subscription).ToBatchCommand();

    public NpgsqlBatchCommand MeetSource(string source, Guid logId) =>
        new Sql("insert into inbox.sources (subscription, source, log_id) values ($1, $2, $3) on conflict do nothing", subscription, source, logId).ToBatchCommand();

    public NpgsqlBatchCommand MoveMarks(IReadOnlyDictionary<MarkKey, InboxMark> marks)
    {
        var command = new NpgsqlBatchCommand("select inbox.move_marks($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
        AddKeys(command.Parameters, [.. marks.Keys]);
        Add(command.Parameters, NpgsqlDbType.Bigint, marks.Values.Select(m => m.Revision).ToArray());
        Add(command.Parameters, NpgsqlDbType.Bigint, marks.Values.Select(m => m.Accepted).ToArray());
        Add(command.Parameters, NpgsqlDbType.Uuid, marks.Values.Select(m => m.MessageId).ToArray());
        Add(command.Parameters, NpgsqlDbType.Uuid, marks.Values.Select(m => m.LogId).ToArray());
        Add(command.Parameters, NpgsqlDbType.Boolean, marks.Values.Select(m => m.Blocked).ToArray());
        Add(command.Parameters, NpgsqlDbType.Boolean, marks.Values.Select(m => m.Waiting).ToArray());
        Add(command.Parameters, NpgsqlDbType.Bigint, marks.Values.Select(m => m.WithoutHandler).ToArray());
        Add(command.Parameters, NpgsqlDbType.Bigint, marks.Values.Select(m => m.StartedAt).ToArray());
        Add(command.Parameters, NpgsqlDbType.Boolean, marks.Values.Select(m => m.RewoundTo is null).ToArray());
        return command;
    }

    public NpgsqlBatchCommand RecordBatch(TopicPartition partition, long[] offsets, int handled, int attempts, TimeSpan took) => new Sql("""
        insert into inbox.batches (subscription, topic, partition, first_offset, last_offset, offsets, handled, without_handler, attempts, took)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """, subscription, partition.Topic, partition.Partition.Value, offsets.Min(), offsets.Max(), offsets, handled, offsets.Length - handled, attempts, took)
        .ToBatchCommand();

    public NpgsqlBatchCommand Quarantine(Incoming incoming)
    {
        var origin = Origin.Of(incoming.Raw!);
        return new Sql("""
            insert into inbox.quarantined (subscription, topic, partition, "offset", key, headers, value, reason, source, stream, sequence)
            values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9::text, $10::text, $11::bigint) on conflict do nothing
            """, subscription, incoming.Claim.Partition.Topic, incoming.Claim.Partition.Partition.Value, incoming.Offset, incoming.Raw!.Key,
            System.Text.Json.JsonSerializer.Serialize((incoming.Raw.Headers ?? []).Select(h => new { h.Key, Value = h.GetValueBytes() })),
            incoming.Raw.Value, Storable(incoming.Unreadable), origin.Source, origin.Stream, origin.Sequence).ToBatchCommand();
    }

    /// <summary>Sets a message aside, or says what became of one that is; a waiting one that comes again is there already.</summary>
    public NpgsqlBatchCommand Park(ParkedMessage parked) => new Sql("""
        insert into inbox.parked as p (subscription, topic, source, stream, sequence, log_id, partition, "offset", message_id, type, recorded_at,
            correlation_id, causation_id, traceparent, data, state, attempts, cause, first_failed_at, last_failed_at, next_attempt_at, subject)
        select $1, $2, $3, $4, $5, $6, $7, $8::bigint, $9, $10, $11, $12, $13::uuid, $14::text, $15, $16, $17, $18::text,
               case when $18::text is not null then clock_timestamp() end, case when $18::text is not null then clock_timestamp() end,
               clock_timestamp() + $19::interval, $20::text
        on conflict (subscription, topic, source, stream, sequence, log_id) do update
        set state = excluded.state, attempts = excluded.attempts, cause = excluded.cause, next_attempt_at = excluded.next_attempt_at,
            first_failed_at = coalesce(p.first_failed_at, excluded.first_failed_at), last_failed_at = coalesce(excluded.last_failed_at, p.last_failed_at)
        """, subscription, parked.Topic, parked.Message.Source, parked.Message.Stream, parked.Message.Sequence, parked.Message.LogId, parked.Partition,
        parked.Offset, parked.Message.MessageId, parked.Message.Type, parked.Message.Time, parked.Message.Cause.CorrelationId,
        parked.Message.Cause.CausationId, parked.Message.Cause.TraceParent, parked.Message.Data.ToArray(), NameOf(parked.State), parked.Attempts,
        Storable(parked.Cause), parked.RetryIn, parked.Message.Subject).ToBatchCommand();

    public NpgsqlBatchCommand Unpark(ParkedMessage handled) => new Sql("""
        delete from inbox.parked
        where subscription = $1 and (topic, source, stream, sequence, log_id) = ($2, $3, $4, $5, $6)
        """, subscription, handled.Topic, handled.Message.Source, handled.Message.Stream, handled.Message.Sequence, handled.Message.LogId).ToBatchCommand();

    /// <summary>What of a stream is still open, in order: first what its mark counts, then what waits.</summary>
    public Sql OpenOf(MarkKey key, Guid logId, int limit) => new("""
        with open as (
            select topic, source, stream, sequence, log_id, partition, "offset", message_id, type, recorded_at, correlation_id, causation_id, traceparent,
                   data, state, attempts, cause, next_attempt_at - clock_timestamp() as retry_in, subject
            from inbox.parked
            where subscription = $1 and (topic, source, stream) = ($2, $3, $4) and log_id = $5)
        (select * from open where state in ('failing', 'parked', 'dead') order by sequence limit $6)
        union all
        (select * from open where state = 'waiting' order by sequence limit $6)
        order by sequence
        """, subscription, key.Topic, key.Source, key.Stream, logId, limit);

    public static ParkedMessage ReadParked(NpgsqlDataReader row) => new(
        new()
        {
            Source = row.GetString(1),
            Stream = row.GetString(2),
            Sequence = row.GetInt64(3),
            LogId = row.GetGuid(4),
            MessageId = row.GetGuid(7),
            Type = row.GetString(8),
            Time = row.GetFieldValue<DateTimeOffset>(9),
            Cause = new(row.GetGuid(10), row.IsDBNull(11) ? null : row.GetGuid(11), row.IsDBNull(12) ? null : row.GetString(12)),
            Data = row.GetFieldValue<byte[]>(13),
            Subject = row.IsDBNull(18) ? null : row.GetString(18),
        },
        row.GetString(0), row.GetInt32(5), row.IsDBNull(6) ? null : row.GetInt64(6), Enum.Parse<ParkedState>(row.GetString(14), ignoreCase: true))
    {
        Attempts = row.GetInt32(15),
        Cause = row.IsDBNull(16) ? null : row.GetString(16),
        RetryIn = row.IsDBNull(17) ? null : row.GetTimeSpan(17),
    };

    /// <summary>What an exception says may hold anything; that it cannot be written down must not be the next failure.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static string? Storable(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    private static string NameOf(ParkedState state) => state switch
    {
        ParkedState.Waiting => "waiting",
        ParkedState.Failing => "failing",
        ParkedState.Parked => "parked",
        ParkedState.Dead => "dead",
        ParkedState.Refused => "refused",
        ParkedState.Skipped => "skipped",
        _ => "lost",
    };

    private void AddPartitions(NpgsqlParameterCollection parameters, IReadOnlyCollection<TopicPartition> partitions)
    {
        parameters.Add(new NpgsqlParameter { Value = subscription });
        Add(parameters, NpgsqlDbType.Text, partitions.Select(p => p.Topic).ToArray());
        Add(parameters, NpgsqlDbType.Integer, partitions.Select(p => p.Partition.Value).ToArray());
    }

    private void AddKeys(NpgsqlParameterCollection parameters, IReadOnlyCollection<MarkKey> keys)
    {
        parameters.Add(new NpgsqlParameter { Value = subscription });
        Add(parameters, NpgsqlDbType.Text, keys.Select(k => k.Topic).ToArray());
        Add(parameters, NpgsqlDbType.Text, keys.Select(k => k.Source).ToArray());
        Add(parameters, NpgsqlDbType.Text, keys.Select(k => k.Stream).ToArray());
    }

    private static void Add(NpgsqlParameterCollection parameters, NpgsqlDbType type, object values) =>
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
}
