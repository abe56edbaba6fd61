using System.Globalization;
using Aspire.Hosting.Engine;
using EventDriven.AppHost;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventDriven.TortureTests.Machines;

/// <summary>A PostgreSQL server with a data folder of its own; durable, as the AppHost runs it.</summary>
internal sealed class PostgresMachine(string directory, string logs, Watcher watcher)
{
    private const string Password = "for-torture";
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    private static readonly string[] settings =
    [
        "listen_addresses=localhost", "unix_socket_directories=", "max_connections=200", "shared_buffers=64MB", "fsync=on", "synchronous_commit=on",
    ];

    private readonly int _port = FreePort.Next();
    private readonly PostgresCluster _cluster = new(directory);
    private string _binaries = "";
    private Child? _server;

    public string Superuser => Of("postgres", "postgres", Password);

    public string Of(string database, string role, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "localhost",
        Port = _port,
        Database = database,
        Username = role,
        Password = password,
    }.ConnectionString;

    public async Task Start(CancellationToken ct)
    {
        if (_server is null)
        {
            _binaries = await PostgresBinaries.Find(NullLogger.Instance, ct);
            await _cluster.Initialize(_binaries, Password, ct);
        }
        string[] command =
        [
            .. Unprivileged.Prefix, Path.Combine(_binaries, "postgres"), "-D", _cluster.Data, "-p", _port.ToString(CultureInfo.InvariantCulture),
            .. settings.SelectMany(setting => (string[])["-c", setting]),
        ];
        _server = Child.Start(command[0], command[1..], new Dictionary<string, string>(), Path.Combine(logs, "postgres.log"), watcher);
        if (!await Until.Holds(Answers, StartsWithin, ct))
            throw new InvalidOperationException($"PostgreSQL did not start; its log is in {logs}.");
    }

    /// <summary>As if the machine had lost its power, but for the disk.</summary>
    public async Task Crash()
    {
        await _server!.End(Signal.Quit);
        NpgsqlConnection.ClearAllPools(); // the tests' own
    }

    private async Task<bool> Answers()
    {
        await using var connection = new NpgsqlConnection(Superuser + ";Pooling=false");
        await connection.OpenAsync();
        return true;
    }
}
