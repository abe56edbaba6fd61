using EventDriven.Log;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>Statements that wait to be sent in one round trip.</summary>
internal sealed class StatementQueue(NpgsqlConnection connection)
{
    private readonly List<Queued> _queued = [];

    /// <summary>Set while a transaction is open: only then may a query send what waits.</summary>
    public NpgsqlTransaction? Transaction { get; set; }

    /// <summary>Whether the log's sequencer has something to do after the commit.</summary>
    public bool HasAppends { get; private set; }

    /// <summary>How much waits, each row of a statement of rows counted.</summary>
    public int Count => _queued.Count;

    /// <summary>How often statements were sent.</summary>
    public int Flushes { get; private set; }

    public void Add(NpgsqlBatchCommand statement) => _queued.Add(new(statement, Rows: null, Row: null));

    public void Add(IRowsStatement rows, object row) => _queued.Add(new(Statement: null, rows, row));

    public void AddAppend(NpgsqlBatchCommand append)
    {
        Add(append);
        HasAppends = true;
    }

    /// <summary>Takes back what was queued after the first <paramref name="count"/>.</summary>
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
        foreach (var statement in Statements())
            batch.BatchCommands.Add(statement);
        _queued.Clear();
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>In order; rows of the same statement that come one after the other are one.</summary>
    private IEnumerable<NpgsqlBatchCommand> Statements()
    {
        for (var (from, to) = (0, 0); from < _queued.Count; from = to)
        {
            var first = _queued[from];
            do
                to++;
            while (first.Rows is not null && to < _queued.Count && _queued[to].Rows == first.Rows);
            yield return first.Rows?.Of(_queued[from..to].Select(q => q.Row!)) ?? first.Statement!;
        }
    }

    private readonly record struct Queued(NpgsqlBatchCommand? Statement, IRowsStatement? Rows, object? Row);
}
