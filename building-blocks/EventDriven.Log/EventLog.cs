using System.Text.Json;
using Npgsql;

namespace EventDriven.Log;

/// <summary>
/// The log of one service. What a service says is appended in the transaction of its state, so there is no second write
/// that can be lost; the relay publishes it after commit.
/// </summary>
public sealed class EventLog
{
    /// <summary>How data is written: camelCase JSON, as it stays for ever.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly NpgsqlDataSource _database;

    internal EventLog(string service, NpgsqlDataSource database, MessageTypes types)
    {
        Service = service;
        Types = types;
        _database = database;
        Reader = new LogReader(database);
    }

    /// <summary>The service that owns this log; its messages name it as their source: <c>/signup</c>.</summary>
    public string Service { get; }

    /// <summary>CloudEvents' source of everything in this log.</summary>
    public string Source => "/" + Service;

    /// <summary>What may be appended and read.</summary>
    public MessageTypes Types { get; }

    /// <summary>Reading by position, stream or id.</summary>
    public LogReader Reader { get; }

    /// <summary>Beats after a commit that appended: there may be something to sequence.</summary>
    internal Pulse Appended { get; } = new();

    /// <summary>Beats when new positions were given: there may be something to relay or to follow.</summary>
    internal Pulse Sequenced { get; } = new();

    /// <summary>Begins a transaction for state and events together.</summary>
    public async Task<LogTransaction> Begin(CancellationToken ct)
    {
        var connection = await _database.OpenConnectionAsync(ct);
        try
        {
            return new LogTransaction(this, connection, await connection.BeginTransactionAsync(ct));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Appends in a transaction that the caller has and will commit; <see cref="Committed"/> after it saves the sequencer's poll.
    /// </summary>
    /// <exception cref="WrongExpectedVersionException">The stream has moved on; nothing was appended.</exception>
    /// <exception cref="EventTooLargeException">An event is over 512 KiB; nothing was appended.</exception>
    public async Task<AppendResult> Append(
        NpgsqlTransaction transaction, StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        await using var append = AppendStatement.Answering(this, stream, expected, cause, events);
        (append.Connection, append.Transaction) = (transaction.Connection, transaction);
        await using var row = await append.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var version = row.GetInt64(1);
        return row.GetBoolean(0) ? new(stream.ToString(), version) : throw new WrongExpectedVersionException(stream.ToString(), expected, version);
    }

    /// <summary>Says that a transaction with appends was committed, so that sequencing starts now and not at the next poll.</summary>
    public void Committed() => Appended.Beat();
}
