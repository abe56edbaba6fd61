using Npgsql;

namespace EventDriven.Log;

/// <summary>Asks a database.</summary>
public static class SqlQueries
{
    extension(NpgsqlDataSource database)
    {
        /// <summary>Runs one query on a connection of its own and reads all rows.</summary>
        public async Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
        {
            ArgumentNullException.ThrowIfNull(sql);
            await using var connection = await database.OpenConnectionAsync(ct);
            return await sql.Query(connection, read, ct);
        }
    }
}
