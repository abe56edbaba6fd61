using Confluent.Kafka;
using EventDriven.Benchmarks.Measuring;
using JasperFx;
using Marten;
using Npgsql;
using Wolverine;
using Wolverine.Kafka;
using Wolverine.Marten;
using Wolverine.Postgresql;
using Wolverine.RDBMS;
using Wolverine.Runtime;
using Wolverine.Transports;

namespace EventDriven.Peers;

/// <summary>
/// Wolverine with its durable outbox and inbox, in PostgreSQL directly or through Marten; as it comes ("default"), or with what was
/// found best for these workloads ("tuned").
/// </summary>
internal sealed class WolverineService : IAsyncDisposable
{
    public const string Database = "peer";

    private readonly WebApplication _app;
    private readonly NpgsqlDataSource _database;

    private WolverineService(WebApplication app, Variant variant)
    {
        (_app, Chosen) = (app, variant);
        _database = app.Services.GetRequiredService<NpgsqlDataSource>();
    }

    /// <param name="OnMarten">The store.</param>
    /// <param name="Tuned">The settings.</param>
    internal sealed record Variant(bool OnMarten, bool Tuned)
    {
        public static Variant Of(Arguments arguments) => new(arguments.Text("store", "pg") is "marten", arguments.Text("settings", "tuned") is "tuned");

        public string Side => $"wolverine/{(OnMarten ? "marten" : "pg")}/{(Tuned ? "tuned" : "default")}";

        public string CountEffects => OnMarten ? "select count(*) from mt_doc_effectdocument" : "select count(*) from effects";

        /// <summary>Those that came after the first ones.</summary>
        public string CountEffectsAfter(int first) =>
            OnMarten ? $"select count(*) - {first} from mt_doc_effectdocument" : $"select count(*) from effects where id > {first}";
    }

    public static string Versions { get; } = string.Join(", ",
        Result.VersionOf(typeof(IMessageBus)), Result.VersionOf(typeof(IDocumentStore)), Result.VersionOf(typeof(NpgsqlConnection)),
        Result.VersionOf(typeof(Message<,>)), $".NET {Environment.Version}");

    public Variant Chosen { get; }

    public string Address => _app.Urls.First();

    /// <summary>An empty database with the workloads' tables; Wolverine and Marten make their own.</summary>
    public static async Task Prepare()
    {
        await Servers.FreshDatabase(Database);
        await Servers.Execute(Database, """
            create table orders (id uuid primary key, data jsonb not null);
            create table effects (id bigint generated always as identity primary key, seq int not null, data jsonb not null);
            """);
    }

    /// <summary>A service that publishes to the topic, or one that listens to it.</summary>
    public static async Task<WolverineService> Start(Variant variant, string topic, Handled? listener = null, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(NpgsqlDataSource.Create(Servers.Database(Database) + ";Max Auto Prepare=50;Auto Prepare Min Usages=3"));
        PostgresHandler.Current = listener;
        if (variant.OnMarten)
            AddMarten(builder.Services);
        builder.Host.UseWolverine(options =>
        {
            options.ServiceName = "peer";
            options.ApplicationAssembly = typeof(WolverineService).Assembly;
            options.Discovery.DisableConventionalDiscovery();
            options.Durability.Mode = DurabilityMode.Solo; // one node: no leader to elect
            options.EnableAutomaticFailureAcks = false;
            if (!variant.OnMarten)
                options.PersistMessagesWithPostgresql(Servers.Database(Database), "wolverine");
            UseKafka(options, variant, topic);
            if (listener is null)
                Publish(options, variant, topic);
            else
                Listen(options, variant, topic);
        });
        var app = builder.Build();
        map?.Invoke(app);
        await app.StartAsync();
        return new(app, variant);
    }

    /// <summary>One business row and one message in one transaction.</summary>
    public async Task Place(int number, Action? beforeCommit = null)
    {
        var (id, message, runtime) = (Guid.CreateVersion7(), new OrderPlaced(number, Payload.Pad), _app.Services.GetRequiredService<IWolverineRuntime>());
        if (Chosen.OnMarten)
        {
            await using var session = _app.Services.GetRequiredService<IDocumentStore>().LightweightSession();
            var outbox = new MartenOutbox(runtime, session);
            session.Store(new OrderDocument(id, "c-123", 3, 12.5m, ""));
            await outbox.PublishAsync(message);
            beforeCommit?.Invoke();
            await session.SaveChangesAsync();
            return;
        }
        await using var connection = await _database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("insert into orders (id, data) values ($1, $2::jsonb)", connection, transaction)
        { Parameters = { new() { Value = id }, new() { Value = Payload.Row } } })
            await insert.ExecuteNonQueryAsync();
        var context = new MessageContext(runtime);
        await context.EnlistInOutboxAsync(new DatabaseEnvelopeTransaction((IMessageDatabase)context.Storage, transaction));
        await context.PublishAsync(message);
        beforeCommit?.Invoke();
        await transaction.CommitAsync();
        await context.FlushOutgoingMessagesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static void AddMarten(IServiceCollection services) => services
        .AddMarten(options =>
        {
            options.Connection(Servers.Database(Database));
            options.DisableNpgsqlLogging = true;
            options.AutoCreateSchemaObjects = AutoCreate.All;
            options.Schema.For<OrderDocument>();
            options.Schema.For<EffectDocument>();
        })
        .UseLightweightSessions()
        .IntegrateWithWolverine();

    private static void UseKafka(WolverineOptions options, Variant variant, string topic) => options.UseKafka(Servers.Kafka)
        .ConfigureProducers(producer =>
        {
            producer.EnableIdempotence = true;
            producer.Acks = Acks.All;
            if (variant.Tuned)
                producer.LingerMs = 0;
        })
        .ConfigureConsumers(consumer =>
        {
            consumer.GroupId = "group-" + topic;
            consumer.AutoOffsetReset = AutoOffsetReset.Earliest;
            consumer.FetchWaitMaxMs = Servers.FetchWaitMs;
        });

    private static void Publish(WolverineOptions options, Variant variant, string topic)
    {
        var outbox = options.PublishMessage<OrderPlaced>().ToKafkaTopic(topic).UseDurableOutbox();
        if (!variant.Tuned)
            return;
        outbox.MessageBatchSize(500).MessageBatchTimeout(TimeSpan.FromMilliseconds(5)).MessageBatchMaxDegreeOfParallelism(2);
        options.Durability.StoreOutgoingBatchSize = 500;
    }

    private static void Listen(WolverineOptions options, Variant variant, string topic)
    {
        options.Discovery.IncludeType(variant.OnMarten ? typeof(MartenHandler) : typeof(PostgresHandler));
        if (variant.OnMarten)
            options.Policies.AutoApplyTransactions();
        var listener = options.ListenToKafkaTopic(topic).ReceiveRawJson<OrderPlaced>();
        if (!variant.Tuned)
        {
            listener.UseDurableInbox();
            return;
        }
        listener.UseDurableInbox(new BufferingLimits(50_000, 25_000)).MaximumParallelMessages(8).MaximumMessagesToReceive(500);
        options.Durability.StoreIncomingBatchSize = 500;
        options.Durability.MarkAsHandledBatchSize = 500;
    }
}
