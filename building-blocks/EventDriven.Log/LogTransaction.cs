using Npgsql;

namespace EventDriven.Log;

/// <summary>State and events of one step, committed together or not at all.</summary>
public sealed class LogTransaction : IAsyncDisposable
{
    private readonly EventLog _log;
    private readonly CommitDeadline _deadline;

    internal LogTransaction(EventLog log, NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_log, Connection, Transaction, _deadline) = (log, connection, transaction, new(log.Clock));

    /// <summary>For everything that is not an append.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The transaction that everything runs in.</summary>
    public NpgsqlTransaction Transaction { get; }

    /// <summary>Runs one statement and returns how many rows it touched.</summary>
    public async Task<int> Execute(Sql sql, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(sql);
        await using var command = sql.ToCommand(Connection);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <inheritdoc cref="EventLog.Append(NpgsqlTransaction, StreamName, ExpectedVersion, Cause, IReadOnlyList{NewEvent}, CancellationToken)"/>
    public Task<AppendResult> Append(StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events, CancellationToken ct)
    {
        _deadline.Appending();
        return _log.Append(Transaction, stream, expected, cause, events, ct);
    }

    /// <summary>Commits and wakes the sequencer.</summary>
    /// <exception cref="CommitTooLateException">More than 4 s have passed since the first append; nothing was committed.</exception>
    public async Task Commit(CancellationToken ct)
    {
        _deadline.Check();
        await Transaction.CommitAsync(ct);
        _log.Committed();
    }

    /// <summary>Rolls back what was not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
