using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>Reads the log with what projections need of it.</summary>
internal sealed class EventPages(EventLog log, NpgsqlDataSource database)
{
    private const long PageOfBytes = 8 * 1024 * 1024;

    /// <summary>The next events after a position.</summary>
    public async Task<IReadOnlyList<ProjectedEvent>> After(long position, int most, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var read = new Sql("""
            select "position", stream, version, type, message_id, correlation_id, causation_id, recorded_at, effective_at, data
            from sourcing.events_after($1, $2, $3)
            """, position, most, PageOfBytes).ToCommand(connection);
        await using var row = await read.ExecuteReaderAsync(ct);
        List<ProjectedEvent> events = new(most);
        while (await row.ReadAsync(ct))
            events.Add(Read(row));
        return events;
    }

    private ProjectedEvent Read(NpgsqlDataReader row) => new(log.Types, row.GetFieldValue<byte[]>(9))
    {
        Position = row.GetInt64(0),
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
