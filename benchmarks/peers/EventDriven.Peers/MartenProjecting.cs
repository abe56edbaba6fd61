using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Projections;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventDriven.Peers;

/// <summary>A document per stream by Marten's daemon: rebuilt, and caught up with. Its settings: as it comes, tuned, or tuned and optimized.</summary>
internal static class MartenProjecting
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    public static async Task Rebuild(Arguments arguments)
    {
        var (streams, each, settings) = Sizes(arguments);
        await using var store = await MartenStore.Create(arguments, options =>
        {
            AddAccounts(options, settings);
            if (settings is not "default")
                options.Projections.RebuildWithBulkCopy = true;
            if (settings is "optimized")
                options.Events.UseOptimizedProjectionRebuilds = true;
        });
        await MartenStore.Fill(store, streams, each);
        for (var n = 0; n < Moves.WarmUps; n++)
            await Once();
        await MartenStore.Measured("rebuild", settings, arguments, new() { ["rate"] = await Once() }).Print(MartenStore.Database);

        async Task<double> Once()
        {
            await Servers.Execute(MartenStore.Database, "checkpoint");
            using var daemon = await store.BuildProjectionDaemonAsync(logger: NullLogger.Instance);
            var started = Stopwatch.GetTimestamp();
            await daemon.RebuildProjectionAsync<Account>(Within, CancellationToken.None);
            var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
            await Check(store, streams, each);
            return streams * each / took;
        }
    }

    public static async Task CatchUp(Arguments arguments)
    {
        var (streams, each, settings) = Sizes(arguments);
        for (var n = 0; n < Moves.WarmUps; n++)
            await Once();
        await MartenStore.Measured("catchup", settings, arguments, new() { ["rate"] = await Once() }).Print(MartenStore.Database);

        async Task<double> Once()
        {
            await using var store = await MartenStore.Create(arguments, options => AddAccounts(options, settings));
            await MartenStore.Fill(store, streams, each);
            await Servers.Execute(MartenStore.Database, "checkpoint");
            using var daemon = await store.BuildProjectionDaemonAsync(logger: NullLogger.Instance);
            var started = Stopwatch.GetTimestamp();
            await daemon.StartAllAsync();
            await daemon.WaitForNonStaleData(Within);
            var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
            await daemon.StopAllAsync();
            await Check(store, streams, each);
            return streams * each / took;
        }
    }

    private static (int Streams, int Each, string Settings) Sizes(Arguments arguments) =>
        (arguments.Number("streams", 20_000), arguments.Number("each", 10), arguments.Text("settings", "tuned"));

    private static void AddAccounts(StoreOptions options, string settings) => options.Projections.Snapshot<Account>(SnapshotLifecycle.Async, asynchronous =>
    {
        if (settings is "default")
            return;
        asynchronous.BatchSize = 5_000;
        asynchronous.CacheLimitPerTenant = 20_000;
    });

    private static async Task Check(DocumentStore store, int streams, int each)
    {
        await using var session = store.QuerySession();
        if (await session.Query<Account>().CountAsync(account => account.Count == each) != streams)
            throw new InvalidOperationException("The documents are not what the events say.");
    }
}
