using System.Globalization;
using Npgsql;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>The PostgreSQL server and the broker that a run was given; both sides get the same.</summary>
internal static class Servers
{
    public static string Kafka { get; } = Given("BENCH_KAFKA");

    /// <summary>How long the broker may hold an empty fetch: for every consumer of both sides.</summary>
    public static int FetchWaitMs { get; } = int.Parse(Environment.GetEnvironmentVariable("BENCH_FETCH_WAIT") ?? "100", CultureInfo.InvariantCulture);

    private static string Postgres { get; } = Given("BENCH_POSTGRES");

    /// <summary>The server's superuser, unless another role is named.</summary>
    public static string Database(string name, string? user = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(Postgres) { Database = name, MaxPoolSize = 50, NoResetOnClose = true };
        if (user is not null)
            settings.Username = user; // every role of this throw-away server has the same password
        return settings.ConnectionString;
    }

    /// <summary>An empty database, its pages on disk, so that no repetition pays for an earlier one.</summary>
    public static async Task FreshDatabase(string name, string? owner = null)
    {
        NpgsqlConnection.ClearAllPools();
        await Execute("postgres", $"drop database if exists {name} with (force)");
        await Execute("postgres", $"create database {name}{(owner is null ? "" : " owner " + owner)}");
        await Execute("postgres", "checkpoint");
    }

    public static async Task MakeRole(string name)
    {
        if (await Scalar("postgres", $"select count(*) from pg_roles where rolname = '{name}'") == 0)
            await Execute("postgres", $"create role {name} login password '{new NpgsqlConnectionStringBuilder(Postgres).Password}'");
    }

    public static async Task Execute(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Database(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<long> Scalar(string database, string sql) =>
        Convert.ToInt64(await Value(database, sql), CultureInfo.InvariantCulture);

    public static async Task<object?> Value(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Database(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Waits until a count has reached what is expected.</summary>
    public static async Task Until(string database, string count, long expected, TimeSpan atMost)
    {
        await using var connection = new NpgsqlConnection(Database(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(count, connection);
        await command.PrepareAsync();
        using var timeout = new CancellationTokenSource(atMost);
        long reached;
        while ((reached = Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture)) < expected)
        {
            if (timeout.IsCancellationRequested)
                throw new TimeoutException($"{reached} of {expected} after {atMost.TotalSeconds} s: {count}");
            await Task.Delay(5);
        }
        if (reached > expected)
            throw new InvalidOperationException($"{reached} instead of {expected}: {count}");
    }

    private static string Given(string variable) => Environment.GetEnvironmentVariable(variable)
        ?? throw new InvalidOperationException($"{variable} is not set: start the programs through benchmarks/run.sh, which brings its own servers.");
}
