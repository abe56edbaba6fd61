using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>Appends: new streams of three events, and one event with its expected version to streams that exist.</summary>
internal static class Appends
{
    public static async Task NewStreams(Arguments arguments)
    {
        var (streams, writers, warmup) = (arguments.Number("streams", 10_000), arguments.Number("writers", 8), arguments.Number("warmup", 1_500));
        await BenchService.Prepare();
        await using var service = await SourcedService.Start();
        await Load.Parallel(0, warmup, writers, _ => One());

        var use = new Use();
        await Load.Parallel(0, streams, writers, _ => One());
        var values = use.Of(streams);
        await SourcedService.Sequenced((streams + warmup) * 3L);
        values["rate_sequenced"] = use.Of(streams)["rate"];
        await SourcedService.Result($"streams-{writers}", arguments, values).Print(BenchService.Name);

        Task One() => service.Log.Append(Account.Decider.Stream(Guid.CreateVersion7()), ExpectedVersion.NoStream, Cause.Begin(), Moved.Several(3), [], CancellationToken.None);
    }

    public static async Task WithExpectedVersion(Arguments arguments)
    {
        var (appends, writers, count) = (arguments.Number("appends", 20_000), arguments.Number("writers", 8), arguments.Number("streams", 1_000));
        await BenchService.Prepare();
        await using var service = await SourcedService.Start();
        var streams = SourcedService.NewStreams(count);
        await SourcedService.Fill(service, streams, each: 1);
        var versions = new long[count];
        await Run(service, streams, versions, writers, arguments.Number("warmup", appends));

        var use = new Use();
        await Run(service, streams, versions, writers, appends);
        var values = use.Of(appends);
        await SourcedService.Sequenced(count + versions.Sum());
        values["rate_sequenced"] = use.Of(appends)["rate"];
        await SourcedService.Result($"append-{writers}", arguments, values).Print(BenchService.Name);
    }

    /// <summary>Each writer to streams of its own, one after the other.</summary>
    public static Task Run(BenchService service, StreamName[] streams, long[] versions, int writers, int appends) => Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
    {
        var own = Moves.StreamsOf(w, writers, streams.Length);
        var count = (appends / writers) + (w < appends % writers ? 1 : 0);
        for (var n = 0; n < count; n++)
        {
            var s = own[n % own.Length];
            await service.Log.Append(streams[s], ExpectedVersion.Exactly(versions[s]), Cause.Begin(), [Moved.New(n)], [], CancellationToken.None);
            versions[s]++;
        }
    })));
}
