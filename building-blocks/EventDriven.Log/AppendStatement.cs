using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Log;

/// <summary>The statements of an append: one that answers a conflict, and one that raises it and can be pipelined with others.</summary>
internal static class AppendStatement
{
    public static NpgsqlBatchCommand Raising(EventLog log, StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events)
    {
        var command = new NpgsqlBatchCommand("select log.append_or_raise($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
        command.Parameters.Add(new NpgsqlParameter { Value = stream.ToString() });
        command.Parameters.Add(new NpgsqlParameter { Value = expected.Value });
        AddEvents(command.Parameters, log, cause, events);
        return command;
    }

    public static NpgsqlCommand Answering(EventLog log, StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events)
    {
        var command = new NpgsqlCommand("select appended, version from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
        Add(command.Parameters, NpgsqlDbType.Text, new[] { stream.ToString() });
        Add(command.Parameters, NpgsqlDbType.Bigint, new[] { expected.Value });
        Add(command.Parameters, NpgsqlDbType.Integer, Enumerable.Repeat(1, events.Count).ToArray());
        AddEvents(command.Parameters, log, cause, events);
        return command;
    }

    private static void AddEvents(NpgsqlParameterCollection parameters, EventLog log, Cause cause, IReadOnlyList<NewEvent> events)
    {
        if (events.Count == 0)
            throw new ArgumentException("An append needs at least one event.", nameof(events));
        var types = events.Select(e => log.Types.Of(e.Data.GetType())).ToArray();

        Add(parameters, NpgsqlDbType.Text, types.Select(t => t.Topic).ToArray());
        Add(parameters, NpgsqlDbType.Text, types.Select(t => t.Name).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, events.Select(e => e.MessageId).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, Enumerable.Repeat(cause.CorrelationId, events.Count).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, Enumerable.Repeat(cause.CausationId, events.Count).ToArray());
        Add(parameters, NpgsqlDbType.Text, Enumerable.Repeat(cause.TraceParent, events.Count).ToArray());
        Add(parameters, NpgsqlDbType.Text, events.Select(e => e.IdempotencyKey).ToArray());
        Add(parameters, NpgsqlDbType.TimestampTz, events.Select(e => e.EffectiveAt?.ToUniversalTime()).ToArray());
        Add(parameters, NpgsqlDbType.Uuid, events.Select(e => e.Subject).ToArray());
        Add(parameters, NpgsqlDbType.Bytea, events.Zip(types, (e, type) => Serialize(e.Data, type)).ToArray());
    }

    private static void Add(NpgsqlParameterCollection parameters, NpgsqlDbType type, object values) =>
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });

    private static byte[] Serialize(object data, MessageType type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(data, type.ClrType, EventLog.Json);
        return bytes.Length <= EventTooLargeException.MaxBytes ? bytes : throw new EventTooLargeException(type.Name, bytes.Length);
    }
}
