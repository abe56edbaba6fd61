using Npgsql;

namespace EventDriven.Log;

/// <summary>One statement with its positional parameters (<c>$1</c>, <c>$2</c> …).</summary>
/// <param name="Text">The statement.</param>
/// <param name="Parameters">Its parameters, in order; null is SQL's null.</param>
public sealed record Sql(string Text, params object?[] Parameters)
{
    internal NpgsqlBatchCommand ToBatchCommand()
    {
        var command = new NpgsqlBatchCommand(Text);
        AddTo(command.Parameters);
        return command;
    }

    internal NpgsqlCommand ToCommand(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(Text, connection);
        AddTo(command.Parameters);
        return command;
    }

    internal async Task<IReadOnlyList<T>> Query<T>(NpgsqlConnection connection, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var command = ToCommand(connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<T> rows = [];
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }

    private void AddTo(NpgsqlParameterCollection parameters)
    {
        foreach (var value in Parameters)
            parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
    }
}
