using Npgsql;

namespace EventDriven.TortureTests.Histories;

/// <summary>Looks into a service's database as the superuser.</summary>
internal static class Query
{
    public static async Task<List<T>> Rows<T>(string database, string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        await using var row = await command.ExecuteReaderAsync();
        List<T> rows = [];
        while (await row.ReadAsync())
            rows.Add(read(row));
        return rows;
    }

    public static async Task<long> Number(string database, string sql, params object[] parameters) =>
        (await Rows(database, sql, row => row.IsDBNull(0) ? 0 : Convert.ToInt64(row.GetValue(0), System.Globalization.CultureInfo.InvariantCulture), parameters)).Single();

    /// <summary>Whether the subscriptions set aside what fails.</summary>
    public static async Task<bool> HasParking(string database) =>
        await Number(database, "select (to_regclass('inbox.parked') is not null)::int") == 1;
}
