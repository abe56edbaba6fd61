using EventDriven.Log.Database;
using Npgsql;

namespace EventDriven.Log.Coalescing;

/// <summary>
/// Runs several callers' steps in one transaction: the appends first, under the locks of their heads; then the statements of those
/// that fitted, with the commit behind them in the same round trip. If a statement fails, all is rolled back and each runs alone, so
/// that the failure is only its own caller's.
/// </summary>
internal sealed class SharedCommit(EventLog log, NpgsqlDataSource database)
{
    public async Task Run(IReadOnlyList<Step> steps)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync();
            if (await TryTogether(connection, steps))
                return;
            foreach (var step in steps)
                await TryTogether(connection, [step]);
        }
        catch (Exception failure) // the connection is lost: whether the last commit came through is not known
        {
            foreach (var step in steps)
                step.Fail(failure);
        }
    }

    /// <summary>True when every step has its answer; false when they should be run one by one.</summary>
    private async Task<bool> TryTogether(NpgsqlConnection connection, IReadOnlyList<Step> steps)
    {
        try
        {
            var answers = await AppendAll(connection, steps);
            await FinishAll(connection, steps, answers);
            log.Committed();
            for (var i = 0; i < steps.Count; i++)
                steps[i].Finish(answers[i].Appended, answers[i].Version);
            return true;
        }
        catch (Exception failure) when (!PostgresSession.IsOutage(failure)) // refused by the database, or never sent: rolled back for certain
        {
            await using var rollback = new NpgsqlCommand("rollback", connection);
            await rollback.ExecuteNonQueryAsync();
            if (steps.Count == 1)
                steps[0].Fail(failure);
            return steps.Count == 1;
        }
    }

    private static async Task<(bool Appended, long Version)[]> AppendAll(NpgsqlConnection connection, IReadOnlyList<Step> steps)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (steps.Any(s => s.Statements.Count > 0))
            batch.BatchCommands.Add(new("begin")); // else the append commits by itself
        batch.BatchCommands.Add(AppendStatement.Answering([.. steps.Select(s => s.Append)]));
        await using var reader = await batch.ExecuteReaderAsync();
        var answers = new (bool, long)[steps.Count];
        while (await reader.ReadAsync())
            answers[reader.GetInt32(0) - 1] = (reader.GetBoolean(1), reader.GetInt64(2));
        return answers;
    }

    private static async Task FinishAll(NpgsqlConnection connection, IReadOnlyList<Step> steps, (bool Appended, long Version)[] answers)
    {
        if (steps.All(s => s.Statements.Count == 0))
            return;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var statement in steps.Zip(answers).Where(s => s.Second.Appended).SelectMany(s => s.First.Statements))
            batch.BatchCommands.Add(statement.ToBatchCommand());
        batch.BatchCommands.Add(new("commit"));
        await batch.ExecuteNonQueryAsync();
    }
}
