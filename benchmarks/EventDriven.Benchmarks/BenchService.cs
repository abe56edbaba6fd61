using EventDriven.Benchmarks.Measuring;
using EventDriven.Benchmarks.Workloads.EventSourcing;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Projections.Running;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using Npgsql;

namespace EventDriven.Benchmarks;

/// <summary>A service as an application has it: log, messaging and, where a workload adds one, a subscription.</summary>
internal sealed class BenchService : IAsyncDisposable
{
    public const string Name = "bench";

    /// <summary>What opens its control endpoint and its log.</summary>
    public const string Token = "a-token-for-benchmarks";

    private static readonly string[] Unpublished = ["DatabaseMigration"];
    private readonly WebApplication _app;
    private readonly Func<Task> _stop;

    private BenchService(WebApplication app, Func<Task> stop) => (_app, _stop) = (app, stop);

    public static string Versions { get; } = string.Join(", ",
        Result.VersionOf(typeof(NpgsqlConnection)), Result.VersionOf(typeof(Confluent.Kafka.Message<,>)), $".NET {Environment.Version}");

    public EventLog Log => _app.Services.GetRequiredService<EventLog>();

    public DeciderStore<NewEvent, Account> Store => _app.Services.GetRequiredService<DeciderStore<NewEvent, Account>>();

    public string Address => _app.Urls.First();

    /// <summary>An empty database with the workloads' tables, and the two roles that every service has.</summary>
    public static async Task Prepare(string service = Name)
    {
        await Servers.MakeRole(service);
        await Servers.MakeRole(service + "_owner");
        await Servers.FreshDatabase(service, owner: service + "_owner");
        await Servers.Execute(service, $"""
            create table orders (id uuid primary key, data jsonb not null);
            create table effects (id bigint generated always as identity primary key, seq int not null, data jsonb not null);
            grant select, insert on orders, effects to {service};
            """);
    }

    /// <summary>The service with its sequencer, its relay, and whatever else is added.</summary>
    public static async Task<BenchService> Start(
        string topic, string service = Name, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null, string[]? args = null)
    {
        var app = Build(topic, service, b => { b.AddMessaging(); add?.Invoke(b); }, args);
        map?.Invoke(app);
        await app.StartAsync();
        return new(app, () => app.StopAsync());
    }

    /// <summary>The same service with its log and sequencer, and without the relay.</summary>
    public static async Task<BenchService> StartUnrelayed(string topic)
    {
        var app = Build(topic, Name, add: null, args: null);
        await app.StartAsync();
        return new(app, () => app.StopAsync());
    }

    /// <summary>A service with other events than the messaging workloads', without the relay.</summary>
    public static async Task<BenchService> StartUnrelayed(MessageTypes types, Action<WebApplicationBuilder> add)
    {
        var app = Build(types, Name, add, args: null);
        await app.StartAsync();
        return new(app, () => app.StopAsync());
    }

    /// <summary>The insert-only floor: the same inserts and commits, nothing is sequenced and nothing relayed.</summary>
    public static Task<BenchService> StartUnsequenced(string topic) => StartUnsequenced(OrderPlaced.Types(topic));

    /// <inheritdoc cref="StartUnsequenced(string)"/>
    public static async Task<BenchService> StartUnsequenced(MessageTypes types)
    {
        var app = Build(types, Name, add: null, args: null);
        var left = app.Services.GetServices<IHostedService>().Where(s => Unpublished.Contains(s.GetType().Name)).ToArray();
        if (left.Length != Unpublished.Length)
            throw new InvalidOperationException("The log's hosted services have other names now: the floor must be looked at again.");
        foreach (var hosted in left)
            await hosted.StartAsync(CancellationToken.None);
        return new(app, () => Task.CompletedTask);
    }

    /// <summary>One business row and one event in one transaction, which may be shared with others that come at the same moment.</summary>
    public async Task<Guid> Place(int number, string row = Payload.Row)
    {
        var order = Guid.CreateVersion7();
        await Log.Append(Stream(order), ExpectedVersion.NoStream, Cause.Begin(), [Placed(number)], [Insert(order, row)], CancellationToken.None);
        return order;
    }

    /// <summary>The same in a transaction of its own, with a word just before its COMMIT is sent.</summary>
    public async Task PlaceAlone(int number, Action beforeCommit)
    {
        var order = Guid.CreateVersion7();
        await using var transaction = await Log.Begin(CancellationToken.None);
        await transaction.Execute(Insert(order, Payload.Row), CancellationToken.None);
        await transaction.Append(Stream(order), ExpectedVersion.NoStream, Cause.Begin(), [Placed(number)], CancellationToken.None);
        beforeCommit();
        await transaction.Commit(CancellationToken.None);
    }

    /// <summary>Does what an operator's verb does: a statement of the service's role, and a word to this process' projections.</summary>
    public async Task Steer(string statement)
    {
        await using var command = _app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
        _app.Services.GetRequiredService<ProjectionProgress>().Changed.Beat();
    }

    private static StreamName Stream(Guid order) => new("order", order);

    private static NewEvent Placed(int number) => new(new OrderPlaced(number, Payload.Pad));

    private static Sql Insert(Guid order, string row) => new("insert into orders (id, data) values ($1, $2::jsonb)", order, row);

    public async ValueTask DisposeAsync()
    {
        await _stop();
        await _app.DisposeAsync();
    }

    private static WebApplication Build(string topic, string service, Action<WebApplicationBuilder>? add, string[]? args) =>
        Build(OrderPlaced.Types(topic), service, add, args);

    private static WebApplication Build(MessageTypes types, string service, Action<WebApplicationBuilder>? add, string[]? args)
    {
        var builder = WebApplication.CreateSlimBuilder(args ?? []);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{service}dbowner"] = Servers.Database(service, service + "_owner"),
            ["ConnectionStrings:kafka"] = Servers.Kafka,
            ["Messaging:FetchWaitMs"] = Servers.FetchWaitMs.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Audit:AnchorEvery"] = "1.00:00:00", // a workload has its one topic and counts what is on it
            ["Control:Token"] = Token,
            ["Backfill:Token"] = Token,
        });
        builder.Services.AddSingleton(_ =>
        {
            var source = new NpgsqlDataSourceBuilder(Servers.Database(service, service));
            PostgresSession.Configure(source);
            return source.Build();
        });
        builder.AddEventLog(service, types);
        add?.Invoke(builder);
        return builder.Build();
    }
}
