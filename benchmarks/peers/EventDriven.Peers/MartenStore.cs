using EventDriven.Benchmarks.Measuring;
using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace EventDriven.Peers;

/// <summary>Marten as an event store with the settings it recommends for speed: quick append, and statements prepared or not.</summary>
internal static class MartenStore
{
    public const string Database = "marten";

    private static readonly string Versions = string.Join(", ",
        Result.VersionOf(typeof(IDocumentStore)), Result.VersionOf(typeof(NpgsqlConnection)), $".NET {Environment.Version}");

    public static async Task<DocumentStore> Create(Arguments arguments, Action<StoreOptions>? more = null)
    {
        await Servers.FreshDatabase(Database);
        var store = DocumentStore.For(options =>
        {
            options.Connection(Servers.Database(Database) + (IsPrepared(arguments) ? ";Max Auto Prepare=50;Auto Prepare Min Usages=2" : ""));
            options.AutoCreateSchemaObjects = AutoCreate.All;
            options.DisableNpgsqlLogging = true;
            options.Events.UseIdentityMapForAggregates = true;
            options.Events.AppendMode = EventAppendMode.Quick;
            options.Events.AddEventType<Moved>();
            more?.Invoke(options);
        });
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        return store;
    }

    public static object New(int number) => new Moved(Guid.CreateVersion7(), number, Moves.Amount, Moves.Text);

    public static object[] Several(int count) => [.. Enumerable.Range(0, count).Select(New)];

    /// <summary>New streams with so many events each.</summary>
    public static async Task Fill(DocumentStore store, int streams, int each)
    {
        await store.BulkInsertEventsAsync([.. Enumerable.Range(0, streams).Select(_ =>
        {
            var started = StreamAction.Start((IEventRegistry)store.Options.Events, Guid.CreateVersion7(), Several(each));
            started.AggregateType = typeof(Account);
            return started;
        })], 10_000);
        await Servers.Execute(Database, "analyze");
    }

    public static Result Measured(string workload, string settings, Arguments arguments, Dictionary<string, double> values) =>
        new(workload, "marten/" + settings, values, Moves.Payload, Versions, arguments.Command);

    public static string Append(Arguments arguments) => IsPrepared(arguments) ? "quick+prepare" : "quick";

    private static bool IsPrepared(Arguments arguments) => arguments.Text("settings", "tuned") is not "default";
}
