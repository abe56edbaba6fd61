using System.Data;
using System.Text.Json;
using EventDriven.Log.Database;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.Log.Coalescing;

/// <summary>
/// Runs several callers' steps in one transaction. Where the heads of all streams are presumed to be known, it is one round trip, and the
/// database writes only over what is as presumed; else they are locked first, which is another. What fitted is written, with its statements
/// and the commit behind it. If a statement fails, all is rolled back and each runs alone, so that the failure is only its own caller's.
/// An append that came alone and brings no statements takes one round trip also where nothing is known: the database does both.
/// </summary>
internal sealed class SharedCommit(EventLog log, NpgsqlDataSource database, Func<Hashing> hash)
{
    private static readonly string[] Created = ["streams_pkey", "events_stream_version"];

    private readonly PresumedHeads _presumed = new();
    private NpgsqlConnection? _connection; // the same for one commit after the other: the pool would give each to another, cold process of the server

    public async Task Run(IReadOnlyList<Step> steps)
    {
        try
        {
            if (_connection is { State: not ConnectionState.Open })
                await Rest(); // the last commit's own failure took it along
            _connection ??= await database.OpenConnectionAsync();
            if (await TryTogether(_connection, steps))
                return;
            foreach (var step in steps)
            {
                bool isAnswered;
                do
                    isAnswered = await TryAsked(_connection, [step]);
                while (!isAnswered);
            }
        }
        catch (Exception failure) // the connection is lost: whether the last commit came through is not known
        {
            foreach (var step in steps)
                step.Fail(failure);
            await Rest();
        }
    }

    /// <summary>There is nothing to commit for now: others may have the connection.</summary>
    public async Task Rest()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        await connection.DisposeAsync();
    }

    /// <summary>True when every step has its answer; false when they should be run one by one.</summary>
    private async Task<bool> TryTogether(NpgsqlConnection connection, IReadOnlyList<Step> steps)
    {
        StreamAppend[] appends = [.. steps.Select(s => s.Append)];
        if (_presumed.Plan(appends, hash()) is not { } plan)
            return await Ask();
        try
        {
            await using var batch = new NpgsqlBatch(connection); // sent in one go it is one transaction
            Write(batch.BatchCommands, plan, steps, isPresumed: true);
            await batch.ExecuteNonQueryAsync();
        }
        catch (Exception failure) when (!PostgresSession.IsOutage(failure)) // refused by the database, or never sent
        {
            _presumed.Forget(appends);
            return IsNoFailureYet(failure) ? await Ask() : HasFailed(steps, failure);
        }
        Finish(plan, steps);
        return true;

        // Something was presumed wrongly, a statement wants a transaction that was begun, or an append without statements had to wait for its stream.
        bool IsNoFailureYet(Exception failure) => IsCreatedMeanwhile(failure) || failure is PostgresException refused && (
            refused.SqlState is PostgresSession.NotAsPresumed or PostgresErrorCodes.NoActiveSqlTransaction
            || refused.SqlState is PostgresSession.CommitTooLate && steps is [{ Statements.Count: 0 }]);

        Task<bool> Ask() => steps is [{ Statements.Count: 0 } alone] ? RunAlone(connection, alone) : TryAsked(connection, steps);
    }

    /// <summary>True when every step has its answer; false when they should be run one by one, or the one once more.</summary>
    private async Task<bool> TryAsked(NpgsqlConnection connection, IReadOnlyList<Step> steps)
    {
        StreamAppend[] appends = [.. steps.Select(s => s.Append)];
        try
        {
            var plan = await LockHeads(connection, appends);
            await using var batch = new NpgsqlBatch(connection);
            Write(batch.BatchCommands, plan, steps, isPresumed: false);
            batch.BatchCommands.Add(new("commit"));
            await batch.ExecuteNonQueryAsync();
            Finish(plan, steps);
            return true;
        }
        catch (Exception failure) when (!PostgresSession.IsOutage(failure)) // refused by the database, or never sent: rolled back for certain
        {
            await using var rollback = new NpgsqlCommand("rollback", connection);
            await rollback.ExecuteNonQueryAsync();
            _presumed.Forget(appends);
            return !IsCreatedMeanwhile(failure) && HasFailed(steps, failure);
        }
    }

    /// <summary>True when it was the one step's own failure; false when each of them is to find out for itself.</summary>
    private static bool HasFailed(IReadOnlyList<Step> steps, Exception failure)
    {
        if (steps is not [var step])
            return false;
        step.Fail(failure);
        return true;
    }

    // One statement is a transaction of its own. The clock is read behind the lock; whoever had to wait after it is refused when that was long.
    private async Task<bool> RunAlone(NpgsqlConnection connection, Step step)
    {
        _presumed.Forget(step.Append.Stream);
        var (appended, version) = await AppendStatement.Run(connection, transaction: null, step.Append, CancellationToken.None);
        log.Committed();
        step.Finish(appended, version);
        return true;
    }

    private void Finish(AppendPlan plan, IReadOnlyList<Step> steps)
    {
        _presumed.Learn(plan.After);
        log.Committed();
        for (var i = 0; i < steps.Count; i++)
            steps[i].Finish(plan.Answers[i].Appended, plan.Answers[i].Version);
    }

    /// <summary>Another process created the stream after we had found no head to lock. It has one now.</summary>
    private static bool IsCreatedMeanwhile(Exception failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, SchemaName: "log" } race && Created.Contains(race.ConstraintName);

    private async Task<AppendPlan> LockHeads(NpgsqlConnection connection, IReadOnlyList<StreamAppend> appends)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("begin"),
                new Sql("select log_id, now, streams, versions, hashes, recorded_ats, sequences from log.lock_heads($1)",
                    [appends.Select(a => a.Stream.ToString()).Distinct().ToArray()]).ToBatchCommand(),
            },
        };
        await using var row = await batch.ExecuteReaderAsync();
        await row.ReadAsync();
        var (logId, now) = (row.GetGuid(0), row.GetDateTime(1));
        _presumed.Learn(logId, now);
        return AppendPlan.Of(logId, now, row.IsDBNull(2) ? [] : ReadHeads(row), appends, hash());
    }

    private static IEnumerable<StreamHead> ReadHeads(NpgsqlDataReader row)
    {
        var (streams, versions, hashes) = (row.GetFieldValue<string[]>(2), row.GetFieldValue<long[]>(3), row.GetFieldValue<byte[][]>(4));
        var (times, sequences) = (row.GetFieldValue<DateTime[]>(5), row.GetFieldValue<string[]>(6));
        return streams.Select((stream, i) =>
            new StreamHead(stream, versions[i], hashes[i], times[i], JsonSerializer.Deserialize<Dictionary<string, long>>(sequences[i])!));
    }

    private static void Write(NpgsqlBatchCommandCollection batch, AppendPlan plan, IReadOnlyList<Step> steps, bool isPresumed)
    {
        if (plan.Events.Count > 0)
            batch.Add(WriteStatement(plan, isPresumed));
        foreach (var statement in steps.Zip(plan.Answers).Where(s => s.Second.Appended).SelectMany(s => s.First.Statements))
            batch.Add(statement.ToBatchCommand());
        if (batch.Count > 1 || !isPresumed) // alone and presumed, the write has looked itself
            batch.Add(new Sql("select log.commit_in_time($1)", plan.Now).ToBatchCommand());
    }

    private static NpgsqlBatchCommand WriteStatement(AppendPlan plan, bool isPresumed)
    {
        var command = new NpgsqlBatchCommand(
            "select log.write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)");
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter { Value = plan.LogId });
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = isPresumed ? plan.Now : DBNull.Value });

        var heads = plan.Heads.ToArray();
        Add(NpgsqlDbType.Text, heads, h => h.After.Stream);
        Add(NpgsqlDbType.Bigint, heads, h => h.Before.Version);
        Add(NpgsqlDbType.Bytea, heads, h => h.Before.Hash);
        Add(NpgsqlDbType.Bigint, heads, h => h.After.Version);
        Add(NpgsqlDbType.Bytea, heads, h => h.After.Hash);
        Add(NpgsqlDbType.TimestampTz, heads, h => h.After.RecordedAt);
        Add(NpgsqlDbType.Text, heads, h => JsonSerializer.Serialize(h.After.Sequences));

        var events = plan.Events.ToArray();
        Add(NpgsqlDbType.Text, events, e => e.Stream);
        Add(NpgsqlDbType.Bigint, events, e => e.Version);
        Add(NpgsqlDbType.Text, events, e => e.Row.Type.Topic);
        Add(NpgsqlDbType.Bigint, events, e => e.Sequence);
        Add(NpgsqlDbType.Text, events, e => e.Row.Type.Name);
        Add(NpgsqlDbType.Uuid, events, e => e.Row.Event.MessageId);
        Add(NpgsqlDbType.Uuid, events, e => e.Row.Cause.CorrelationId);
        Add(NpgsqlDbType.Uuid, events, e => e.Row.Cause.CausationId);
        Add(NpgsqlDbType.Text, events, e => e.Row.Cause.TraceParent);
        Add(NpgsqlDbType.Text, events, e => e.Row.Event.IdempotencyKey);
        Add(NpgsqlDbType.TimestampTz, events, e => e.RecordedAt);
        Add(NpgsqlDbType.TimestampTz, events, e => e.EffectiveAt);
        Add(NpgsqlDbType.Uuid, events, e => e.Row.Event.Subject);
        Add(NpgsqlDbType.Bytea, events, e => e.Row.Data);
        Add(NpgsqlDbType.Bytea, events, e => e.PreviousHash);
        Add(NpgsqlDbType.Bytea, events, e => e.Hash);
        return command;

        void Add<T, TColumn>(NpgsqlDbType type, T[] rows, Converter<T, TColumn> column) =>
            parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = Array.ConvertAll(rows, column) });
    }
}
