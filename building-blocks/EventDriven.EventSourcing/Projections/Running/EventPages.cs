using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>Reads the log in its order, with what projections need of it.</summary>
internal sealed class EventPages(EventLog log, NpgsqlDataSource database)
{
    private const int SmallPage = 200;
    private const long MostBytes = 8 * 1024 * 1024;
    private const int MostPassedOver = 3;

    /// <summary>Goes before a query in one batch: its plan is kept for long and tables grow, so only indexes will do for what they grow into.</summary>
    public static readonly Sql ByIndexOnly = new(
        "select set_config(s, 'off', true) from unnest(array['enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'jit']) s");

    /// <summary>The next events after a position: as many as there are, and as are not much more than a page's bytes.</summary>
    /// <exception cref="InvalidOperationException">The log has a hole.</exception>
    public async Task<IReadOnlyList<ProjectedEvent>> After(long position, int most, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var page = most > SmallPage ? await Range(connection, position, most, ct) : null;
        page ??= await InOrder(connection, position, most, ct);
        return page.Count > 0 && page[0].Position == position + 1 ? page : throw new InvalidOperationException($"The log has no event at position {position + 1}.");
    }

    /// <summary>Event by event: for a few, and where they lie far apart or are big.</summary>
    private async Task<List<ProjectedEvent>> InOrder(NpgsqlConnection connection, long position, int most, CancellationToken ct)
    {
        await using var read = new Sql("""
            select "position", stream, version, type, message_id, correlation_id, causation_id, recorded_at, effective_at, data
            from sourcing.events_after($1, $2, $3)
            """, position, most, MostBytes).ToCommand(connection);
        await using var row = await read.ExecuteReaderAsync(ct);
        List<ProjectedEvent> events = [];
        while (await row.ReadAsync(ct))
            events.Add(Read(row, row.GetInt64(0)));
        return events;
    }

    /// <summary>
    /// What got its positions one after the other was mostly appended one after the other: reading a stretch of ids and putting it in
    /// order here takes the database a tenth of the time. Null when it was not, or when the events are big.
    /// </summary>
    private async Task<IReadOnlyList<ProjectedEvent>?> Range(NpgsqlConnection connection, long position, int most, CancellationToken ct)
    {
        var ids = await Ids(connection, position, most, ct);
        var places = Enumerable.Range(0, ids.Length).ToArray();
        Array.Sort(ids, places);
        if (ids.Length == 0 || ids[^1] - ids[0] > (long)ids.Length * (1 + MostPassedOver))
            return null;

        var events = new ProjectedEvent[ids.Length];
        await using var read = new NpgsqlBatch(connection);
        read.BatchCommands.Add(ByIndexOnly.ToBatchCommand());
        read.BatchCommands.Add(new Sql("""
            select id, stream, version, type, message_id, correlation_id, causation_id, recorded_at, effective_at, data
            from log.events where id between $1 and $2 order by id
            """, ids[0], ids[^1]).ToBatchCommand());
        await using var row = await read.ExecuteReaderAsync(ct);
        await row.NextResultAsync(ct);
        var (next, bytes) = (0, 0L);
        while (bytes < MostBytes && await row.ReadAsync(ct))
        {
            var id = row.GetInt64(0);
            if (next == ids.Length || ids[next] < id)
                break; // an event is gone
            if (ids[next] > id)
                continue; // has no position yet, or a later one
            var place = places[next++];
            events[place] = Read(row, position + 1 + place);
            bytes += events[place].Size;
        }
        return next == ids.Length ? events : null;
    }

    private static async Task<long[]> Ids(NpgsqlConnection connection, long position, int most, CancellationToken ct)
    {
        await using var read = new NpgsqlBatch(connection);
        read.BatchCommands.Add(ByIndexOnly.ToBatchCommand());
        read.BatchCommands.Add(new Sql("""
            select coalesce(array_agg(event_id), '{}'), coalesce(max(position), $1) from (
                select position, event_id from log.positions where position > $1 and position <= $2 order by position) page
            """, position, position + most).ToBatchCommand());
        await using var row = await read.ExecuteReaderAsync(ct);
        await row.NextResultAsync(ct);
        await row.ReadAsync(ct);
        var ids = row.GetFieldValue<long[]>(0);
        return position + ids.Length == row.GetInt64(1) ? ids : throw new InvalidOperationException($"The log has a hole between positions {position} and {row.GetInt64(1)}.");
    }

    private ProjectedEvent Read(NpgsqlDataReader row, long position) => new(log.Types, row.GetFieldValue<byte[]>(9))
    {
        Position = position,
        Stream = row.GetString(1),
        Version = row.GetInt64(2),
        Type = row.GetString(3),
        MessageId = row.GetGuid(4),
        CorrelationId = row.GetGuid(5),
        CausationId = row.IsDBNull(6) ? null : row.GetGuid(6),
        RecordedAt = row.GetFieldValue<DateTimeOffset>(7),
        EffectiveAt = row.GetFieldValue<DateTimeOffset>(8),
    };
}
