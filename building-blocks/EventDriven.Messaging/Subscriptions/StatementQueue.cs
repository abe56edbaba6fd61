using EventDriven.Log;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>Statements that wait to be sent in one round trip.</summary>
internal sealed class StatementQueue(NpgsqlConnection connection)
{
    private readonly List<NpgsqlBatchCommand> _queued = [];

    /// <summary>Set while a transaction is open: only then may a query send what waits.</summary>
    public NpgsqlTransaction? Transaction { get; set; }

    /// <summary>Whether the log's sequencer has something to do after the commit.</summary>
    public bool HasAppends { get; private set; }

    /// <summary>How many statements wait.</summary>
    public int Count => _queued.Count;

    /// <summary>How often statements were sent.</summary>
    public int Flushes { get; private set; }

    public void Add(NpgsqlBatchCommand statement) => _queued.Add(statement);

    public void AddAppend(NpgsqlBatchCommand append)
    {
        _queued.Add(append);
        HasAppends = true;
    }

    /// <summary>Takes back what was queued after the first <paramref name="count"/> statements.</summary>
    public void TruncateTo(int count) => _queued.RemoveRange(count, _queued.Count - count);

    public async Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        if (Transaction is not null)
            await Flush(ct);
        return await sql.Query(connection, read, ct);
    }

    /// <summary>Commits behind everything that waits; what was appended is refused when that was too long ago.</summary>
    public async Task Commit(CancellationToken ct)
    {
        if (HasAppends)
            Add(AppendStatement.InTime());
        Add(new("commit"));
        await Flush(ct);
    }

    /// <summary>Sends everything that waits, pipelined.</summary>
    public async Task Flush(CancellationToken ct)
    {
        if (_queued.Count == 0)
            return;
        Flushes++;
        await using var batch = new NpgsqlBatch(connection, Transaction);
        foreach (var statement in _queued)
            batch.BatchCommands.Add(statement);
        _queued.Clear();
        await batch.ExecuteNonQueryAsync(ct);
    }
}
