using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Log;

/// <summary>One append as a statement, so that it can be sent alone or pipelined with others.</summary>
internal sealed class AppendStatement
{
    private readonly string _stream;
    private readonly ExpectedVersion _expected;

    private AppendStatement(string stream, ExpectedVersion expected, NpgsqlBatchCommand command) =>
        (_stream, _expected, Command) = (stream, expected, command);

    public NpgsqlBatchCommand Command { get; }

    public static AppendStatement Create(EventLog log, StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events)
    {
        if (events.Count == 0)
            throw new ArgumentException("An append needs at least one event.", nameof(events));
        var types = events.Select(e => log.Types.Of(e.Data.GetType())).ToArray();
        var data = events.Select((e, i) => Serialize(e.Data, types[i])).ToArray();

        var command = new NpgsqlBatchCommand(
            "select appended, version from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
        Add(NpgsqlDbType.Text, new[] { stream.ToString() });
        Add(NpgsqlDbType.Bigint, new[] { expected.Value });
        Add(NpgsqlDbType.Integer, Enumerable.Repeat(1, events.Count).ToArray());
        Add(NpgsqlDbType.Text, types.Select(t => t.Topic).ToArray());
        Add(NpgsqlDbType.Text, types.Select(t => t.Name).ToArray());
        Add(NpgsqlDbType.Uuid, events.Select(e => e.MessageId).ToArray());
        Add(NpgsqlDbType.Uuid, Enumerable.Repeat(cause.CorrelationId, events.Count).ToArray());
        Add(NpgsqlDbType.Uuid, Enumerable.Repeat(cause.CausationId, events.Count).ToArray());
        Add(NpgsqlDbType.Text, Enumerable.Repeat(cause.TraceParent, events.Count).ToArray());
        Add(NpgsqlDbType.Text, events.Select(e => e.IdempotencyKey).ToArray());
        Add(NpgsqlDbType.TimestampTz, events.Select(e => e.EffectiveAt?.ToUniversalTime()).ToArray());
        Add(NpgsqlDbType.Uuid, events.Select(e => e.Subject).ToArray());
        Add(NpgsqlDbType.Bytea, data);
        return new AppendStatement(stream.ToString(), expected, command);

        void Add(NpgsqlDbType type, object values) =>
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
    }

    /// <summary>Reads the statement's one row.</summary>
    /// <exception cref="WrongExpectedVersionException">The stream has moved on; nothing was appended.</exception>
    public async Task<AppendResult> Read(NpgsqlDataReader reader, CancellationToken ct)
    {
        await reader.ReadAsync(ct);
        var version = reader.GetInt64(1);
        return reader.GetBoolean(0) ? new(_stream, version) : throw new WrongExpectedVersionException(_stream, _expected, version);
    }

    private static byte[] Serialize(object data, MessageType type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(data, type.ClrType, EventLog.Json);
        return bytes.Length <= EventTooLargeException.MaxBytes ? bytes : throw new EventTooLargeException(type.Name, bytes.Length);
    }
}
