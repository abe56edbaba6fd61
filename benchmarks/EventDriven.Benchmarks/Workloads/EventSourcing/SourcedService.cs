using EventDriven.Benchmarks.Measuring;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>An event-sourced service as an application has it: log, sequencer, deciders and, where a workload adds one, a projection.</summary>
internal static class SourcedService
{
    private const int FillingWriters = 32;

    public static Task<BenchService> Start(SnapshotPolicy? snapshots = null, Action<WebApplicationBuilder>? add = null) => BenchService.StartUnrelayed(Moved.Types, builder =>
    {
        builder.AddEventSourcing();
        builder.AddMigrations(typeof(SourcedService).Assembly);
        builder.AddDecider(Account.Decider, snapshots);
        add?.Invoke(builder);
    });

    public static StreamName[] NewStreams(int count) => [.. Enumerable.Range(0, count).Select(_ => Account.Decider.Stream(Guid.CreateVersion7()))];

    /// <summary>New streams with so many events each, until all have their position.</summary>
    public static async Task Fill(BenchService service, IReadOnlyList<StreamName> streams, int each, int together = 1_000)
    {
        var before = await Positions();
        await Load.Parallel(0, streams.Count, FillingWriters, async n =>
        {
            for (var filled = 0; filled < each; filled += together)
                await service.Log.Append(streams[n], ExpectedVersion.Any, Cause.Begin(), Moved.Several(Math.Min(together, each - filled)), [], CancellationToken.None);
        });
        await Sequenced(before + ((long)streams.Count * each));
        await Servers.Execute(BenchService.Name, "analyze");
    }

    public static Task<long> Positions() => Servers.Scalar(BenchService.Name, "select coalesce(max(position), 0) from log.positions");

    public static Task Sequenced(long position) =>
        Servers.Until(BenchService.Name, "select coalesce(max(position), 0) from log.positions", position, TimeSpan.FromMinutes(5));

    public static Result Result(string workload, Arguments arguments, Dictionary<string, double> values) =>
        new(workload, "ours", values, Moves.Payload, BenchService.Versions, arguments.Command);
}
