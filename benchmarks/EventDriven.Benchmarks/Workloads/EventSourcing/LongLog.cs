using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;
using EventDriven.EventSourcing.Snapshots;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>Appends and loads with a snapshot, on a database that is almost empty, and when one stream and the whole log have grown long.</summary>
internal static class LongLog
{
    private const int Writers = 8, Appending = 1_000, Each = 10;

    public static async Task Run(Arguments arguments)
    {
        var (events, stream, appends, loads) = arguments.Has("whole")
            ? (10_000_000, 1_000_000, 20_000, 3_000)
            : (arguments.Number("events", 1_000_000), arguments.Number("stream", 100_000), arguments.Number("appends", 20_000), arguments.Number("loads", 3_000));
        await BenchService.Prepare();
        await using var service = await SourcedService.Start(new SnapshotPolicy("account.v1"));
        Dictionary<string, double> values = new() { ["events"] = events, ["stream"] = stream };
        await Measure("warm", length: 100);
        await Measure("warm", length: 100);
        await Measure("empty", length: 100);

        await SourcedService.Fill(service, SourcedService.NewStreams((events - stream) / Each), Each);
        await Measure("full", stream);
        values.Remove("append_warm");
        values.Remove("load_warm");
        await SourcedService.Result("long", arguments, values).Print(BenchService.Name);

        async Task Measure(string when, int length)
        {
            var own = SourcedService.NewStreams(1);
            await SourcedService.Fill(service, own, length);
            await Aggregates.Rate(service.Store, own, loads: 10, readers: 1, length); // the first of them writes the snapshot
            values["load_" + when] = await Aggregates.Rate(service.Store, own, loads, readers: 1, length);

            var (streams, before) = (SourcedService.NewStreams(Appending), await SourcedService.Positions());
            await SourcedService.Fill(service, streams, each: 1);
            await Servers.Execute(BenchService.Name, "checkpoint");
            var started = Stopwatch.GetTimestamp();
            await Appends.Run(service, streams, new long[Appending], Writers, appends);
            values["append_" + when] = appends / Stopwatch.GetElapsedTime(started).TotalSeconds;
            await SourcedService.Sequenced(before + Appending + appends);
        }
    }
}
