using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Log;

/// <summary>The statements of an append: one that answers a conflict, and one that raises it and can be pipelined with others.</summary>
internal static class AppendStatement
{
    public static NpgsqlBatchCommand Raising(EventLog log, StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events)
    {
        var command = new NpgsqlBatchCommand("select log.append_or_raise($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
        AddStream(command.Parameters, stream, expected);
        AddEvents(command.Parameters, EventRow.Of(log, cause, events));
        return command;
    }

    /// <summary>Refuses to commit what a raising append of this transaction said, when that was too long ago; comes just before the commit.</summary>
    public static NpgsqlBatchCommand InTime() => new("select log.commit_in_time()");

    /// <summary>Appends in one round trip: in the transaction, or in one of its own. Answers whether it fitted, and the stream's version after it.</summary>
    public static async Task<(bool Appended, long Version)> Run(NpgsqlConnection connection, NpgsqlTransaction? transaction, StreamAppend append, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { Answering(append) } };
        await using var row = await batch.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetBoolean(0), row.GetInt64(1));
    }

    private static NpgsqlBatchCommand Answering(StreamAppend append)
    {
        var command = new NpgsqlBatchCommand("select appended, version from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
        AddStream(command.Parameters, append.Stream, append.Expected);
        AddEvents(command.Parameters, append.Events);
        return command;
    }

    private static void AddStream(NpgsqlParameterCollection parameters, StreamName stream, ExpectedVersion expected)
    {
        parameters.Add(new NpgsqlParameter { Value = stream.ToString() });
        parameters.Add(new NpgsqlParameter { Value = expected.Value });
    }

    private static void AddEvents(NpgsqlParameterCollection parameters, EventRow[] events)
    {
        Add(parameters, NpgsqlDbType.Text, events.Select(e => e.Type.Topic).ToArray());
        Add(parameters, NpgsqlDbType.Text, events.Select(e => e.Type.Name).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, events.Select(e => e.Event.MessageId).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, events.Select(e => e.Cause.CorrelationId).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, events.Select(e => e.Cause.CausationId).ToArray());
        Add(parameters, NpgsqlDbType.Text, events.Select(e => e.Cause.TraceParent).ToArray());
        Add(parameters, NpgsqlDbType.Text, events.Select(e => e.Event.IdempotencyKey).ToArray());
        Add(parameters, NpgsqlDbType.TimestampTz, events.Select(e => e.Event.EffectiveAt?.ToUniversalTime()).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, events.Select(e => e.Event.Subject).ToArray());
        Add(parameters, NpgsqlDbType.Bytea, events.Select(e => e.Data).ToArray());
        Add(parameters, NpgsqlDbType.Boolean, events.Select(e => !e.Type.IsOrdered).ToArray());
    }

    private static void Add(NpgsqlParameterCollection parameters, NpgsqlDbType type, object values) =>
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
}
