using System.Data;
using Npgsql;

namespace EventDriven.Log.Sequencing;

/// <summary>One holder's time with the lease: its epoch, its connection, and what it knows of the log's ids.</summary>
internal sealed class SequencerSession : IAsyncDisposable
{
    private const int MostAtOnce = 2_000;

    // What a step returns is sent while the lease's row is locked. It fits into the network's buffers, and the commit came with the question,
    // so that the lock is let go even when this process is stopped in the middle of reading; more than that is read by whoever wants it.
    private const int ContentAtMost = 100, BytesAtMost = 32 * 1024;

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(4);

    private readonly NpgsqlConnection _connection;
    private readonly Frontier _frontier;

    private SequencerSession(NpgsqlConnection connection, long epoch, long position, Frontier frontier) =>
        (_connection, Epoch, Position, _frontier) = (connection, epoch, position, frontier);

    public long Epoch { get; }

    /// <summary>The last position it has given that is committed; it stays when the session has ended.</summary>
    public long Position { get; private set; }

    /// <summary>The connection broke while nothing was asked of it, as when this process was stopped and the server restarted meanwhile.</summary>
    public bool IsLost => _connection.State is not ConnectionState.Open;

    /// <summary>Takes the lease, or returns null when another process holds it.</summary>
    public static async Task<SequencerSession?> TryBegin(NpgsqlDataSource database, Guid holder, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            var taken = await Take(connection, holder, settled: 0, ct);
            if (taken.Count == 0)
            {
                await connection.DisposeAsync();
                return null;
            }
            var position = (await new Sql("select position from log.progress").Query(connection, r => r.GetInt64(0), ct)).Single();
            var frontier = (await new Sql("select head, gaps_from, gaps_to from log.frontier($1)", taken[0].Settled)
                .Query(connection, r => new Frontier(r.GetInt64(0), r.GetFieldValue<long[]>(1).Zip(r.GetFieldValue<long[]>(2))), ct)).Single();
            return new(connection, taken[0].Epoch, position, frontier);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Keeps the lease; false when it ran out or another process has it.</summary>
    public async Task<bool> Renew(Guid holder, CancellationToken ct) =>
        (await Take(_connection, holder, _frontier.Settled, ct)) is [var lease] && lease.Epoch == Epoch;

    /// <summary>Gives positions to what was committed since.</summary>
    /// <param name="early">
    /// Gets the first of these events before their positions are committed: the events are, and whoever only passes them on need not wait for the
    /// disk once more. Positions above <see cref="Position"/> may still be given to others. Null: nobody wants them.
    /// </param>
    /// <param name="ct">Cancels.</param>
    public async Task<Given> Sequence(Action<IReadOnlyList<RecordedEvent>>? early, CancellationToken ct)
    {
        await using var step = new NpgsqlBatch(_connection); // sent in one go
        if (early is not null)
            step.BatchCommands.Add(new("begin"));
        step.BatchCommands.Add(new Sql("select ids, last_position, writer, horizon from log.sequence($1, $2, $3, $4, $5)",
            Epoch, _frontier.Head, _frontier.GapsFrom, _frontier.GapsTo, MostAtOnce).ToBatchCommand());
        if (early is not null)
        {
            var content = LogReader.AfterStatement(Position, ContentAtMost, BytesAtMost).ToBatchCommand();
            content.AppendErrorBarrier = true; // the answer comes up to here, and the commit is not waited for
            step.BatchCommands.Add(content);
            step.BatchCommands.Add(new("commit"));
        }

        await using var reader = await step.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var found = !reader.IsDBNull(0);
        long[] ids = found ? reader.GetFieldValue<long[]>(0) : [];
        var (last, writer, horizon) = found ? (reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)) : default;
        if (early is not null && await reader.NextResultAsync(ct) && found)
        {
            List<RecordedEvent> content = [];
            while (await reader.ReadAsync(ct))
                content.Add(LogReader.Read(reader));
            early(content);
        }
        while (await reader.NextResultAsync(ct))
        {
            // up to the end: only then it is committed
        }
        if (!found)
            return Given.Nothing;
        var isCut = ids.Length == MostAtOnce;
        _frontier.Take(ids, isCut, writer, horizon);
        Position = last;
        return new(ids.Length, isCut);
    }

    public async Task Release(Guid holder)
    {
        await using var release = new Sql("update log.lease set holder = null, settled = greatest(settled, $3) where epoch = $1 and holder = $2",
            Epoch, holder, _frontier.Settled).ToCommand(_connection);
        await release.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static Task<IReadOnlyList<(long Epoch, long Settled)>> Take(NpgsqlConnection connection, Guid holder, long settled, CancellationToken ct) =>
        new Sql("select epoch, settled from log.take_lease($1, $2, $3)", holder, LeaseTime, settled)
            .Query(connection, r => (r.GetInt64(0), r.GetInt64(1)), ct);
}

/// <summary>What one step has given positions to.</summary>
/// <param name="Count">How many events.</param>
/// <param name="IsCut">Whether there are more already.</param>
internal readonly record struct Given(int Count, bool IsCut)
{
    public static Given Nothing { get; }
}
