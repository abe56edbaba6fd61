using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>Loads entities: of 1,000 events each, and with a snapshot over streams of different lengths.</summary>
internal static class Aggregates
{
    private static readonly int[] Lengths = [100, 1_000, 10_000];

    public static async Task Run(Arguments arguments)
    {
        var (loads, readers) = (arguments.Number("loads", 1_500), arguments.Number("readers", 1));
        await BenchService.Prepare();
        await using var service = await SourcedService.Start();
        var streams = SourcedService.NewStreams(20);
        await SourcedService.Fill(service, streams, each: 1_000);
        var store = service.Store;
        await Rate(store, streams, loads, readers, expected: 1_000);
        var rate = await Rate(store, streams, loads, readers, expected: 1_000);
        await SourcedService.Result($"aggregate-{readers}", arguments, new() { ["rate"] = rate }).Print(BenchService.Name);
    }

    public static async Task WithSnapshot(Arguments arguments)
    {
        var loads = arguments.Number("loads", 3_000);
        await BenchService.Prepare();
        await using var service = await SourcedService.Start(new SnapshotPolicy("account.v1"));
        Dictionary<string, double> values = [];
        foreach (var length in (int[])[Lengths[0], .. Lengths]) // the first does not count
        {
            var streams = SourcedService.NewStreams(20);
            await SourcedService.Fill(service, streams, length);
            await Rate(service.Store, streams, loads, readers: 1, length); // the first load of each writes its snapshot
            values[$"rate_{length}"] = await Rate(service.Store, streams, loads, readers: 1, length);
        }
        await SourcedService.Result("aggregate-snapshot", arguments, values).Print(BenchService.Name);
    }

    public static async Task<double> Rate(DeciderStore<NewEvent, Account> store, StreamName[] streams, int loads, int readers, int expected)
    {
        var started = Stopwatch.GetTimestamp();
        await Load.Parallel(0, loads, readers, async n =>
        {
            var loaded = await store.Load(streams[n % streams.Length], CancellationToken.None);
            if (loaded.State.Count != expected)
                throw new InvalidOperationException($"{loaded.State.Count} events instead of {expected}");
        });
        return loads / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
