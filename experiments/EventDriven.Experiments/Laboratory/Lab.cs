using System.Collections.Concurrent;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Confluent.Kafka;
using EventDriven.Experiments.Following;
using Npgsql;

namespace EventDriven.Experiments.Laboratory;

/// <summary>
/// A copy of the system that belongs to the experiments alone: its own ports, database server, broker and folder, all gone at the end. Its servers are started when the first experiment
/// asks for them, and each service when one asks for that: what nobody needs does not disturb what is measured.
/// </summary>
internal sealed class Lab(bool isShort, string kafkaHome, IFollower follower, MailServer? mail = null, params IReadOnlyList<string> settings) : IAsyncDisposable
{
    /// <summary>What the system and the experiments' own services show each other.</summary>
    internal const string ControlToken = "a-control-token-for-experiments", BackfillToken = "a-backfill-token-for-experiments";

    private const string Setup = "setup";

    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(3);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"eventdriven-experiments-{Guid.CreateVersion7():N}");
    private readonly ConcurrentDictionary<string, Uri> _own = new(StringComparer.Ordinal);
    private readonly HashSet<string> _started = [];
    private DistributedApplication? _app;

    /// <summary>Whether it should be quick rather than exact.</summary>
    public bool IsShort { get; } = isShort;

    /// <summary>Whether the broker is Apache Kafka.</summary>
    public bool IsApacheKafka => kafkaHome.Length > 0;

    /// <summary>The server's superuser.</summary>
    public string Postgres { get; private set; } = "";

    /// <summary>The broker.</summary>
    public string Kafka { get; private set; } = "";

    private DistributedApplication App => _app ?? throw new InvalidOperationException("The system was not started: call Start first.");

    /// <summary>The short or the long of something.</summary>
    public T Pick<T>(T inShort, T inFull) => IsShort ? inShort : inFull;

    /// <summary>Tells whoever watches how far it is.</summary>
    public void Say(string progress) => follower.Says(progress);

    /// <summary>Shows whoever watches a value that was measured just now.</summary>
    public void Plot(string series, double value) => follower.Sees(series, value);

    /// <summary>The same for a number that is being asked for.</summary>
    public async Task<long> Plot(string series, Task<long> asked)
    {
        var value = await asked;
        Plot(series, value);
        return value;
    }

    /// <summary>A second copy of the system, with a mail server and settings that the first has not: there mails go to files.</summary>
    public Lab Beside(MailServer mail, params IReadOnlyList<string> settings) => new(IsShort, kafkaHome, follower, mail, settings);

    /// <summary>Starts the database server and the broker, and these of the system's services, unless they run.</summary>
    public async Task Start(CancellationToken ct, params IEnumerable<string> services)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(StartsWithin);
        if (_app is null)
            await StartServers(timeout.Token);
        var missing = services.Except(_started).ToArray();
        if (missing.Length > 0)
            Say($"starting {string.Join(", ", missing)}");
        await Task.WhenAll(missing.Select(service => StartService(service, timeout.Token)));
        _started.UnionWith(missing);
    }

    /// <summary>Says where a service of an experiment's own is.</summary>
    public void Announce(string service, string address) => _own[service] = new(address);

    /// <summary>Where a service is, an experiment's own or the system's; null when there is none of that name, or it was not started.</summary>
    public Uri? AddressOf(string service) => _own.TryGetValue(service, out var own) ? own : _started.Contains(service) ? App.GetEndpoint(service, "http") : null;

    /// <summary>A client of one service, without retries: an experiment wants to see what happens.</summary>
    /// <exception cref="InvalidOperationException">Nobody has started it.</exception>
    public HttpClient Client(string service) => _started.Contains(service)
        ? new() { BaseAddress = App.GetEndpoint(service, "http") }
        : throw new InvalidOperationException($"{service} was not started: name it in {nameof(Start)}.");

    /// <summary>A client that may look into a service.</summary>
    public HttpClient Control(string service)
    {
        var client = Client(service);
        client.DefaultRequestHeaders.Authorization = new("Bearer", ControlToken);
        return client;
    }

    /// <summary>Stops a service.</summary>
    public Task StopService(string service, CancellationToken ct) => Command(service, "stop", ct);

    /// <summary>Starts a service and waits until it is healthy.</summary>
    public async Task StartService(string service, CancellationToken ct)
    {
        await Command(service, "start", ct);
        await App.ResourceNotifications.WaitForResourceHealthyAsync(service, ct);
    }

    /// <summary>Makes a topic for one experiment.</summary>
    public async Task MakeTopic(string topic, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Kafka }).Build();
        if (IsApacheKafka)
            await admin.CreateTopicsAsync([new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        else
            admin.GetMetadata(topic, TimeSpan.FromSeconds(5)); // asking makes it
    }

    /// <summary>The server's superuser in one database.</summary>
    public string Database(string name) => new NpgsqlConnectionStringBuilder(Postgres) { Database = name }.ConnectionString;

    /// <summary>One number from one database, asked as the superuser.</summary>
    public async Task<long> Scalar(string database, string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(Database(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>How many events of a service are not on their topics yet.</summary>
    public Task<long> Unrelayed(string service) =>
        Scalar(service, "select (select count(*) from log.unsequenced) + position - relayed from log.progress");

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServers(CancellationToken ct)
    {
        Say("starting a copy of the system");
        Directory.CreateDirectory(_folder);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.EventDriven_AppHost>(
        [
            $"--KAFKA_HOME={kafkaHome}", $"--Data:Directory={_folder}",
            $"--Parameters:control-token={ControlToken}", $"--Parameters:backfill-token={BackfillToken}", .. settings,
        ], ct);
        foreach (var service in builder.Resources.OfType<ProjectResource>().Where(p => p.Name != Setup))
            builder.CreateResourceBuilder(service).WithExplicitStart();
        if (mail is not null)
            builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(p => p.Name == "email")).WithEnvironment("ConnectionStrings__mail", mail.Address);
        var app = await builder.BuildAsync(ct);
        try
        {
            await app.StartAsync(ct);
            var setUp = (await app.ResourceNotifications.WaitForResourceAsync(Setup, now => KnownResourceStates.TerminalStates.Contains(now.Snapshot.State?.Text ?? ""), ct)).Snapshot;
            if (setUp.ExitCode != 0)
                throw new InvalidOperationException($"{Setup} has ended with {setUp.State?.Text} and exit code {setUp.ExitCode}: nothing can run on this server.");
            (Postgres, Kafka, _app) = (await ConnectionString("postgres"), await ConnectionString("kafka"), app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        async Task<string> ConnectionString(string resource) =>
            await app.GetConnectionStringAsync(resource, ct) ?? throw new InvalidOperationException($"{resource} has no connection string.");
    }

    private async Task Command(string service, string command, CancellationToken ct)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(service, command, ct);
        if (!result.Success)
            throw new InvalidOperationException($"{command} of {service} did not work: {result.Message}");
    }
}
