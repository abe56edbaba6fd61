using System.Globalization;
using EventDriven.Setup;
using EventDriven.TortureTests.Histories;
using EventDriven.TortureWorker;
using Npgsql;

namespace EventDriven.TortureTests.Machines;

/// <summary>The services of one run: a writing one and a consuming one with replicas, their databases and their topic.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private const string Password = "for-torture", Token = "a-token-for-torture";
    private const int Partitions = 12;
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private bool _poisonForEver;

    private Fleet(Rig rig, int seed, RunOptions options)
    {
        (Rig, Seed, Options) = (rig, seed, options);
        var run = Guid.CreateVersion7().ToString("N")[^12..];
        (Source, Service, Files) = ("w" + run, "c" + run, Directory.CreateDirectory(Path.Combine(rig.Files, $"{options.Name}-{run}")).FullName);
        Writers = [.. Enumerable.Range(1, options.Writers).Select(i => new ServiceProcess($"writer-{i}", this))];
        Consumers = [.. Enumerable.Range(1, options.Consumers).Select(i => new ServiceProcess($"consumer-{i}", this))];
    }

    public Rig Rig { get; }

    public int Seed { get; }

    public RunOptions Options { get; }

    public string Source { get; }

    public string Service { get; }

    /// <summary>Histories and logs of this run.</summary>
    public string Files { get; }

    public ServiceProcess[] Writers { get; }

    public ServiceProcess[] Consumers { get; }

    public IEnumerable<ServiceProcess> All => Writers.Concat(Consumers);

    public string WriterDatabase => new NpgsqlConnectionStringBuilder(Rig.Postgres.Superuser) { Database = Source }.ConnectionString;

    public string ConsumerDatabase => new NpgsqlConnectionStringBuilder(Rig.Postgres.Superuser) { Database = Service }.ConnectionString;

    public static async Task<Fleet> Start(Rig rig, int seed, RunOptions options, CancellationToken ct)
    {
        var fleet = new Fleet(rig, seed, options);
        foreach (var service in (string[])[fleet.Source, fleet.Service])
            await Databases.Prepare(rig.Postgres.Superuser, new Dictionary<string, string> { [service] = Password, [service + "_owner"] = Password });
        await rig.Kafka.MakeTopic(Contract.Topic(fleet.Source), Partitions);
        if (!options.ConsumersComeLater)
            await Start(fleet.Consumers, fleet.Files, ct);
        fleet._poisonForEver = await Query.HasParking(fleet.ConsumerDatabase);
        await Start(fleet.Writers, fleet.Files, ct);
        return fleet;
    }

    /// <summary>Starts processes and waits until they answer.</summary>
    public static async Task Start(ServiceProcess[] processes, string files, CancellationToken ct)
    {
        foreach (var process in processes)
            process.Start();
        using var client = new HttpClient();
        foreach (var process in processes)
        {
            if (!await Until.Holds(() => process.IsUp(client, ct), StartsWithin, ct))
                throw new InvalidOperationException($"{process.Name} did not start; its log is in {files}.");
        }
    }

    public IReadOnlyDictionary<string, string> Settings(ServiceProcess process)
    {
        var service = process.IsWriter ? Source : Service;
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__database"] = Rig.Postgres.Of(service, service, Password),
            [$"ConnectionStrings__{service}dbowner"] = Rig.Postgres.Of(service, service + "_owner", Password),
            ["ConnectionStrings__kafka"] = Rig.Kafka.Address,
            ["Control__Token"] = Token,
            ["Backfill__Token"] = Token,
            ["Audit__AnchorEvery"] = "1.00:00:00", // to the checks, whatever no writer has appended is a stranger
            ["Torture__Role"] = process.IsWriter ? WorkerOptions.Writer : WorkerOptions.Consumer,
            ["Torture__Service"] = service,
            ["Torture__Source"] = Source,
            ["Torture__Double"] = Options.Double,
            ["Torture__Rate"] = (Options.Rate / Options.Writers).ToString(CultureInfo.InvariantCulture),
            ["Torture__PoisonForEver"] = _poisonForEver.ToString(),
            ["Torture__Slow"] = Options.Slow.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (i, writer) in Writers.Index())
            settings[$"services__{Source}__http__{i}"] = writer.Address; // where gaps are healed from
        return settings;
    }

    /// <summary>Ends what is left, at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(p => p.End(Signal.Kill)));
        NpgsqlConnection.ClearAllPools();
    }
}
