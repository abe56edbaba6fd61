using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Confluent.Kafka;
using Npgsql;

namespace EventDriven.SystemTests.Support;

/// <summary>The whole system, started once per broker and shared by all tests on it.</summary>
public abstract class RunningSystem(string kafkaHome, params string[] arguments) : IAsyncLifetime
{
    public const string Services = "signup,email,recommendations,accounts,payments,orders,fulfilment,insights,traffic,dashboard";
    private const string ControlToken = "a-control-token-for-tests", BackfillToken = "a-backfill-token-for-tests", LoginToken = "a-login-token-for-tests";
    private const int PartitionsOfTestTopics = 6;
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(120);

    private readonly string _data = Path.Combine(Path.GetTempPath(), $"eventdriven-test-{Guid.CreateVersion7():N}");
    private readonly HashSet<string> _down = [];
    private DistributedApplication? _app;
    private TelemetryTap? _telemetry;
    private Wire? _toPayments, _toAccounts;

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The system was not started.");

    /// <summary>What the services export, beside what they send to the dashboard.</summary>
    public TelemetryTap Telemetry => _telemetry ?? throw new InvalidOperationException("The system was not started.");

    /// <summary>How long Orders lets a client wait.</summary>
    public static TimeSpan AnswersWithin { get; } = TimeSpan.FromSeconds(6);

    /// <summary>Between Orders and Payments.</summary>
    public Wire ToPayments => _toPayments ?? throw new InvalidOperationException("The system was not started.");

    /// <summary>Between Payments and Accounts.</summary>
    public Wire ToAccounts => _toAccounts ?? throw new InvalidOperationException("The system was not started.");

    /// <summary>What its dashboard is looked at with.</summary>
    public Browser Browser { get; } = new();

    /// <summary>The server's superuser.</summary>
    public string Postgres { get; private set; } = "";

    public string Kafka { get; private set; } = "";

    /// <summary>Where the resources' logs are written.</summary>
    public string DataFolder => _data;

    /// <summary>Where mails land.</summary>
    public string Mails { get; private set; } = "";

    /// <summary>Where the host lets the dashboard start and stop services.</summary>
    public Uri HostControl { get; } = new($"http://127.0.0.1:{FreePort()}");

    public Uri SignInLink => new(Endpoint("dashboard"), $"/login?t={LoginToken}");

    /// <summary>What the browser that was signed in by the link has kept of it, good as long as the dashboard's process lives; null before.</summary>
    public string? SignedIn { get; set; }

    /// <summary>Where KAFKA_HOME says that Apache Kafka is; empty where it is not here.</summary>
    protected static string KafkaAtHand { get; } = Environment.GetEnvironmentVariable("KAFKA_HOME") ?? "";

    /// <summary>Whether the broker is Apache Kafka, and not the one in memory.</summary>
    public bool IsApacheKafka => kafkaHome.Length > 0;

    public virtual bool IsAvailable => true;

    public async ValueTask InitializeAsync()
    {
        if (!IsAvailable)
            return;
        using var timeout = new CancellationTokenSource(StartsWithin);
        Directory.CreateDirectory(_data);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.EventDriven_AppHost>(
        [
            $"--KAFKA_HOME={kafkaHome}", $"--Data:Directory={_data}", "--Traffic:Rate=0",
            $"--Parameters:control-token={ControlToken}", $"--Parameters:backfill-token={BackfillToken}", $"--Parameters:login-token={LoginToken}",
            $"--Host:Address={HostControl}",
            .. arguments,
        ], timeout.Token);
        _telemetry = await TelemetryTap.Start(timeout.Token);
        foreach (var project in builder.Resources.OfType<ProjectResource>())
        {
            builder.CreateResourceBuilder(project)
                .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", _telemetry.Address)
                .WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
                .WithEnvironment("Audit__AnchorEvery", "00:00:05") // so that a flow sees one
                .WithEnvironment("Fulfilment__ShippingTime", "00:00:00")
                .WithEnvironment("Fulfilment__StalledAfter", "00:00:05") // so that a flow sees one stall
                .WithEnvironment("Vault__KeepKeysFor", "00:00:02"); // so that a flow sees them forgotten
        }
        _toPayments = await Wire.To(() => Endpoint("payments"), timeout.Token);
        _toAccounts = await Wire.To(() => Endpoint("accounts"), timeout.Token);
        // Patient, because a machine that runs tests is busy: what is to be slow is held for longer than that.
        Rewire("orders", "payments", _toPayments).WithEnvironment("Orders__AnswerWithin", AnswersWithin.ToString());
        Rewire("payments", "accounts", _toAccounts).WithEnvironment("Payments__AccountsWithin", (AnswersWithin * 0.7).ToString());
        await Configure(builder);
        _app = await builder.BuildAsync(timeout.Token);
        await _app.StartAsync(timeout.Token);
        foreach (var service in Services.Split(','))
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service, timeout.Token);

        Postgres = new NpgsqlConnectionStringBuilder(await ConnectionString("postgres")) { Database = "postgres" }.ConnectionString;
        Kafka = await ConnectionString("kafka");
        Mails = new Uri(await ConnectionString("mail")).LocalPath;

        IResourceBuilder<ProjectResource> Rewire(string caller, string service, Wire wire) =>
            builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(r => r.Name == caller)).WithEnvironment($"services__{service}__http__0", wire.Address);

        async Task<string> ConnectionString(string resource) =>
            await _app.GetConnectionStringAsync(resource, timeout.Token) ?? throw new InvalidOperationException($"{resource} has no connection string.");
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_app is null)
            return;
        await Browser.DisposeAsync();
        await _app.DisposeAsync();
        await _telemetry!.DisposeAsync();
        await _toPayments!.DisposeAsync();
        await _toAccounts!.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>What this one has otherwise.</summary>
    protected virtual Task Configure(IDistributedApplicationTestingBuilder builder) => Task.CompletedTask;

    public Uri Endpoint(string service) => App.GetEndpoint(service, "http");

    /// <summary>A client of one service, without retries: a test wants to see what happens.</summary>
    public virtual HttpClient Client(string service) => new() { BaseAddress = Endpoint(service) };

    /// <summary>A client that may look into the service.</summary>
    public HttpClient Control(string service) => WithToken(service, ControlToken);

    /// <summary>A client that may read what the service has published.</summary>
    public HttpClient Backfill(string service) => WithToken(service, BackfillToken);

    public Task Stop(string service)
    {
        _down.Add(service);
        return Command(service, "stop");
    }

    public async Task Start(string service)
    {
        await Command(service, "start");
        _down.Remove(service);
        await App.ResourceNotifications.WaitForResourceHealthyAsync(service, TestContext.Current.CancellationToken);
    }

    /// <summary>Starts again what a test has ended and not started: it fails alone.</summary>
    public async Task StartAgain()
    {
        foreach (var service in _down.ToArray())
            await Start(service);
    }

    /// <summary>Kills the process of a service.</summary>
    public async Task Kill(string service)
    {
        Assert.SkipUnless(ServiceProcess.CanBeFound, "Only on Linux is it known here which process is the service's.");
        await ServiceProcess.Kill(service);
        _down.Add(service);
        await App.ResourceNotifications.WaitForResourceAsync(service, KnownResourceStates.TerminalStates, TestContext.Current.CancellationToken);
    }

    public async Task MakeTopic(string topic)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Kafka }).Build();
        if (kafkaHome.Length > 0)
            await admin.CreateTopicsAsync([new() { Name = topic, NumPartitions = PartitionsOfTestTopics, ReplicationFactor = 1 }]);
        else
            admin.GetMetadata(topic, TimeSpan.FromSeconds(5)); // asking makes it
    }

    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private HttpClient WithToken(string service, string token)
    {
        var client = new HttpClient { BaseAddress = Endpoint(service) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private async Task Command(string service, string command)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(service, command, TestContext.Current.CancellationToken);
        Assert.True(result.Success, $"{command} of {service}");
    }
}

/// <summary>On the in-memory broker.</summary>
public sealed class InMemorySystem() : RunningSystem(kafkaHome: "");

/// <summary>On Apache Kafka where KAFKA_HOME says where it is, else on another in-memory broker.</summary>
public sealed class BrokerAtHand() : RunningSystem(KafkaAtHand);

/// <summary>On the in-memory broker, with the synchronous rival of the checkout.</summary>
public sealed class SynchronousSystem() : RunningSystem(kafkaHome: "", "--Orders:Composition=synchronous");

[CollectionDefinition("synchronous composition")]
public sealed class OnSynchronousComposition : ICollectionFixture<SynchronousSystem>;

[CollectionDefinition("in-memory broker")]
public sealed class OnInMemoryBroker : ICollectionFixture<InMemorySystem>;

[CollectionDefinition("broker at hand")]
public sealed class OnBrokerAtHand : ICollectionFixture<BrokerAtHand>;

/// <summary>What every test on a running system starts from.</summary>
public abstract class SystemTest(RunningSystem system) : IAsyncLifetime
{
    protected RunningSystem Running { get; } = system;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>What everything here was built as: debug or release, as the folders of what was built are named.</summary>
    protected static string Configuration { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public virtual ValueTask InitializeAsync()
    {
        if (!Running.IsAvailable)
            NeedsApacheKafka();
        return ValueTask.CompletedTask;
    }

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>What only a broker on disk can show.</summary>
    protected void NeedsApacheKafka() => Assert.SkipUnless(Running.IsApacheKafka, "KAFKA_HOME is not set: this needs Apache Kafka.");
}

/// <summary>A test of the services. At its end all is at rest, and promise 8 holds: every published message is accounted for by each subscription.</summary>
public abstract class FlowTest(RunningSystem system) : SystemTest(system)
{
    private static readonly string[] Subscribers = ["email", "recommendations", "orders", "fulfilment", "insights"];
    private static readonly TimeSpan RestsWithin = TimeSpan.FromSeconds(60);

    /// <summary>Whether the same was tested on the in-memory broker already, so that only Apache Kafka can add to it.</summary>
    protected virtual bool IsRepeated => Running is BrokerAtHand;

    public override ValueTask InitializeAsync()
    {
        if (IsRepeated)
            NeedsApacheKafka();
        return base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Running.IsAvailable)
        {
            await Running.StartAgain();
            await Rest();
        }
        await base.DisposeAsync();
    }

    /// <summary>Waits until every subscription has done all its work, and the sums agree.</summary>
    protected async Task Rest()
    {
        foreach (var service in Subscribers)
        {
            using var control = Running.Control(service);
            var lines = await Eventually.Get(async () => (await control.GetFromJsonAsync<JsonNode>($"/control/subscriptions/{service}/reconciliation", Ct))!.AsArray(),
                all => all.All(line => line!["agrees"]!.GetValue<bool>()), $"the sums of {service} agree", RestsWithin);
            Assert.All(lines, line => Assert.Equal(line!["published"]!.GetValue<long>(), Outcomes.Sum(outcome => line[outcome]!.GetValue<long>())));
        }
    }

    private static readonly string[] Outcomes = ["handled", "withoutHandler", "parked", "dead", "refused", "skipped", "quarantined", "waiting"];
}
