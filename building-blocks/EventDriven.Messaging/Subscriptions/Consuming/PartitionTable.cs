using Confluent.Kafka;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>The database's truth about a subscription's partitions. Synchronous where the consumer's callbacks are.</summary>
internal sealed class PartitionTable(Subscription subscription, NpgsqlDataSource database)
{
    /// <summary>
    /// Takes partitions over: the new epoch refuses every write of an earlier owner, which is waited for first. A topic read for the
    /// first time from its beginning also gets its senders' history to read, because it may have forgotten some of it.
    /// </summary>
    public IReadOnlyList<PartitionClaim> Claim(IReadOnlyList<TopicPartition> partitions)
    {
        using var connection = database.OpenConnection();
        using var command = new NpgsqlCommand("""
            with first_read as (
                select t.topic, s.source from (select distinct topic from unnest($2) t (topic)) t
                join unnest($4, $5) s (topic, source) on s.topic = t.topic
                where not exists (select 1 from inbox.partitions p where p.subscription = $1 and p.topic = t.topic)),
            history as (
                insert into inbox.history (subscription, topic, source) select $1, topic, source from first_read on conflict do nothing)
            insert into inbox.partitions (subscription, topic, partition)
            select $1, topic, partition from unnest($2, $3) p (topic, partition) order by topic, partition
            on conflict (subscription, topic, partition) do nothing
            """, connection);
        AddPartitions(command.Parameters, partitions);
        var senders = subscription.StartsFromNow ? [] : subscription.Senders.ToArray();
        Add(command.Parameters, NpgsqlDbType.Text, senders.Select(s => s.Topic).ToArray());
        Add(command.Parameters, NpgsqlDbType.Text, senders.Select(s => s.Source).ToArray());
        command.ExecuteNonQuery();

        using var claim = new NpgsqlCommand("""
            with claimed as (
                select subscription, topic, partition from inbox.partitions
                where subscription = $1 and (topic, partition) in (select * from unnest($2, $3))
                order by topic, partition for update)
            update inbox.partitions p set epoch = p.epoch + 1 from claimed c
            where (p.subscription, p.topic, p.partition) = (c.subscription, c.topic, c.partition)
            returning p.topic, p.partition, p.epoch, p.next_offset, p.began_on
            """, connection);
        AddPartitions(claim.Parameters, partitions);
        using var reader = claim.ExecuteReader();
        List<PartitionClaim> claims = [];
        while (reader.Read())
            claims.Add(new(new(reader.GetString(0), reader.GetInt32(1)), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return claims;
    }

    /// <summary>Writes down where partitions begin of which nothing was ever read: from now is from then on that moment, also after a crash.</summary>
    public void Begin(IReadOnlyCollection<PartitionClaim> claims)
    {
        if (claims.Count == 0)
            return;
        using var connection = database.OpenConnection();
        using var command = new NpgsqlCommand("""
            update inbox.partitions p set next_offset = b.next, began_at = b.next
            from unnest($2, $3, $4, $5) b (topic, partition, epoch, next)
            where p.subscription = $1 and (p.topic, p.partition, p.epoch) = (b.topic, b.partition, b.epoch) and p.next_offset is null
            """, connection);
        AddPlaces(command.Parameters, [.. claims.Select(c => (c, c.Next!.Value))]);
        command.ExecuteNonQuery();
        foreach (var claim in claims)
            claim.Written = claim.Next;
    }

    /// <summary>Topics of which a sender's history has still to be read.</summary>
    public IReadOnlySet<string> WithPendingHistory()
    {
        using var connection = database.OpenConnection();
        using var command = new NpgsqlCommand("select distinct topic from inbox.history where subscription = $1 and not done", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = subscription.Name });
        using var reader = command.ExecuteReader();
        HashSet<string> topics = new(StringComparer.Ordinal);
        while (reader.Read())
            topics.Add(reader.GetString(0));
        return topics;
    }

    /// <summary>
    /// Topics have forgotten something that was not read: claims go on where they have been set to, and everything that the topics' senders
    /// still hold is read again; the marks tell what is new.
    /// </summary>
    public void GoOnAfterWhatIsForgotten(IReadOnlyCollection<PartitionClaim> claims)
    {
        if (claims.Count == 0)
            return;
        using var connection = database.OpenConnection();
        using var command = new NpgsqlCommand("""
            with again as (
                insert into inbox.history (subscription, topic, source) select $1, topic, source from unnest($6, $7) s (topic, source)
                on conflict (subscription, topic, source) do update set done = false, after = 0 where history.done)
            update inbox.partitions p set next_offset = b.next
            from unnest($2, $3, $4, $5) b (topic, partition, epoch, next)
            where p.subscription = $1 and (p.topic, p.partition, p.epoch) = (b.topic, b.partition, b.epoch)
            """, connection);
        AddPlaces(command.Parameters, [.. claims.Select(c => (c, c.Next!.Value))]);
        var senders = subscription.Senders.Where(s => claims.Any(c => c.Partition.Topic == s.Topic)).ToArray();
        Add(command.Parameters, NpgsqlDbType.Text, senders.Select(s => s.Topic).ToArray());
        Add(command.Parameters, NpgsqlDbType.Text, senders.Select(s => s.Source).ToArray());
        command.ExecuteNonQuery();
        foreach (var claim in claims)
            claim.Written = claim.Next;
    }

    /// <summary>Writes the low-water marks that have moved; a claim that was lost is passed over, its new owner writes its own.</summary>
    public void Write(IReadOnlyList<(PartitionClaim Claim, long Next)> moved)
    {
        if (moved.Count == 0)
            return;
        using var connection = database.OpenConnection();
        using var command = new NpgsqlCommand("""
            update inbox.partitions p set next_offset = m.next
            from unnest($2, $3, $4, $5) m (topic, partition, epoch, next)
            where p.subscription = $1 and (p.topic, p.partition, p.epoch) = (m.topic, m.partition, m.epoch)
            """, connection);
        AddPlaces(command.Parameters, moved);
        command.ExecuteNonQuery();
        foreach (var (claim, next) in moved)
            claim.Written = next;
    }

    private void AddPlaces(NpgsqlParameterCollection parameters, IReadOnlyCollection<(PartitionClaim Claim, long Next)> places)
    {
        AddPartitions(parameters, [.. places.Select(p => p.Claim.Partition)]);
        Add(parameters, NpgsqlDbType.Bigint, places.Select(p => p.Claim.Epoch).ToArray());
        Add(parameters, NpgsqlDbType.Bigint, places.Select(p => p.Next).ToArray());
    }

    private void AddPartitions(NpgsqlParameterCollection parameters, IReadOnlyCollection<TopicPartition> partitions)
    {
        parameters.Add(new NpgsqlParameter { Value = subscription.Name });
        Add(parameters, NpgsqlDbType.Text, partitions.Select(p => p.Topic).ToArray());
        Add(parameters, NpgsqlDbType.Integer, partitions.Select(p => p.Partition.Value).ToArray());
    }

    private static void Add(NpgsqlParameterCollection parameters, NpgsqlDbType type, object values) =>
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
}
