using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Messaging.Wire;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>The statements on a subscription's tables.</summary>
internal sealed class Inbox(string subscription, NpgsqlDataSource database)
{
    /// <summary>
    /// Takes partitions over: the new epoch refuses every write of an earlier owner, which is waited for first. Synchronous, as the
    /// consumer's callback is.
    /// </summary>
    public IReadOnlyList<PartitionClaim> Claim(IReadOnlyList<TopicPartition> partitions)
    {
        using var connection = database.OpenConnection();
        using var command = new NpgsqlCommand("""
            insert into inbox.partitions (subscription, topic, partition)
            select $1, topic, partition from unnest($2, $3) p (topic, partition) order by topic, partition
            on conflict (subscription, topic, partition) do nothing
            """, connection);
        AddPartitions(command.Parameters, partitions);
        command.ExecuteNonQuery();

        command.CommandText = """
            with claimed as (
                select subscription, topic, partition from inbox.partitions
                where subscription = $1 and (topic, partition) in (select * from unnest($2, $3))
                order by topic, partition for update)
            update inbox.partitions p set epoch = p.epoch + 1 from claimed c
            where (p.subscription, p.topic, p.partition) = (c.subscription, c.topic, c.partition)
            returning p.topic, p.partition, p.epoch, p.next_offset
            """;
        using var reader = command.ExecuteReader();
        List<PartitionClaim> claims = [];
        while (reader.Read())
            claims.Add(new(new(reader.GetString(0), reader.GetInt32(1)), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetInt64(3)));
        return claims;
    }

    /// <summary>
    /// Holds the claims for the rest of the transaction. A key-share lock lets the other lanes and the low-water mark through and
    /// makes a new owner wait.
    /// </summary>
    /// <exception cref="ClaimLostException">One of them has a newer owner.</exception>
    public async Task Fence(NpgsqlConnection connection, IReadOnlyCollection<PartitionClaim> claims, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            select 1 from inbox.partitions
            where subscription = $1 and (topic, partition, epoch) in (select * from unnest($2, $3, $4))
            order by topic, partition for key share
            """, connection);
        AddPartitions(command.Parameters, [.. claims.Select(c => c.Partition)]);
        Add(command.Parameters, NpgsqlDbType.Bigint, claims.Select(c => c.Epoch).ToArray());
        await using var reader = await command.ExecuteReaderAsync(ct);
        var held = 0;
        while (await reader.ReadAsync(ct))
            held++;
        if (held != claims.Count)
            throw new ClaimLostException();
    }

    public async Task<Dictionary<MarkKey, InboxMark>> ReadMarks(NpgsqlConnection connection, IReadOnlyCollection<MarkKey> keys, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            select m.topic, m.source, m.stream, m.accepted, m.message_id, m.log_id
            from unnest($2, $3, $4) k (topic, source, stream)
            join inbox.marks m on m.subscription = $1 and (m.topic, m.source, m.stream) = (k.topic, k.source, k.stream)
            """, connection);
        AddKeys(command.Parameters, keys);
        await using var row = await command.ExecuteReaderAsync(ct);
        Dictionary<MarkKey, InboxMark> marks = [];
        while (await row.ReadAsync(ct))
            marks.Add(new(row.GetString(0), row.GetString(1), row.GetString(2)), new(row.GetInt64(3), row.GetGuid(4), row.GetGuid(5)));
        return marks;
    }

    public NpgsqlBatchCommand WriteMarks(IReadOnlyDictionary<MarkKey, InboxMark> marks)
    {
        var command = new NpgsqlBatchCommand("""
            insert into inbox.marks (subscription, topic, source, stream, accepted, message_id, log_id)
            select $1, topic, source, stream, accepted, message_id, log_id
            from unnest($2, $3, $4, $5, $6, $7) m (topic, source, stream, accepted, message_id, log_id)
            on conflict (subscription, topic, source, stream)
            do update set accepted = excluded.accepted, message_id = excluded.message_id, log_id = excluded.log_id
            """);
        AddKeys(command.Parameters, [.. marks.Keys]);
        Add(command.Parameters, NpgsqlDbType.Bigint, marks.Values.Select(m => m.Accepted).ToArray());
        Add(command.Parameters, NpgsqlDbType.Uuid, marks.Values.Select(m => m.MessageId).ToArray());
        Add(command.Parameters, NpgsqlDbType.Uuid, marks.Values.Select(m => m.LogId).ToArray());
        return command;
    }

    public NpgsqlBatchCommand RecordBatch(TopicPartition partition, long[] offsets, int handled, int attempts, TimeSpan took) => new Sql("""
        insert into inbox.batches (subscription, topic, partition, first_offset, last_offset, offsets, handled, without_handler, attempts, took)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """, subscription, partition.Topic, partition.Partition.Value, offsets[0], offsets[^1], offsets, handled, offsets.Length - handled, attempts, took)
        .ToBatchCommand();

    public NpgsqlBatchCommand Quarantine(Incoming incoming) => new Sql("""
        insert into inbox.quarantined (subscription, topic, partition, "offset", key, headers, value, reason)
        values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8) on conflict do nothing
        """, subscription, incoming.Claim.Partition.Topic, incoming.Claim.Partition.Partition.Value, incoming.Offset, incoming.Raw.Key,
        System.Text.Json.JsonSerializer.Serialize((incoming.Raw.Headers ?? []).Select(h => new { h.Key, Value = h.GetValueBytes() })),
        incoming.Raw.Value, incoming.Unreadable).ToBatchCommand();

    /// <summary>Writes the low-water marks that have moved; a claim that was lost is passed over, its new owner writes its own.</summary>
    public async Task MoveOffsets(IReadOnlyList<(PartitionClaim Claim, long Next)> moved, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand("""
            update inbox.partitions p set next_offset = m.next
            from unnest($2, $3, $4, $5) m (topic, partition, epoch, next)
            where p.subscription = $1 and (p.topic, p.partition, p.epoch) = (m.topic, m.partition, m.epoch)
            """, connection);
        AddPartitions(command.Parameters, [.. moved.Select(m => m.Claim.Partition)]);
        Add(command.Parameters, NpgsqlDbType.Bigint, moved.Select(m => m.Claim.Epoch).ToArray());
        Add(command.Parameters, NpgsqlDbType.Bigint, moved.Select(m => m.Next).ToArray());
        await command.ExecuteNonQueryAsync(ct);
    }

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

/// <summary>What a mark is kept for.</summary>
internal readonly record struct MarkKey(string Topic, string Source, string Stream)
{
    public static MarkKey Of(string topic, WireMessage message) => new(topic, message.Source, message.Stream);
}
