using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;
using Marten;

namespace EventDriven.Peers;

/// <summary>The appends that ours are measured with.</summary>
internal static class MartenAppends
{
    public static async Task NewStreams(Arguments arguments)
    {
        var (streams, writers, warmup) = (arguments.Number("streams", 10_000), arguments.Number("writers", 8), arguments.Number("warmup", 1_500));
        await using var store = await MartenStore.Create(arguments);
        await Load.Parallel(0, warmup, writers, One);

        var started = Stopwatch.GetTimestamp();
        await Load.Parallel(0, streams, writers, One);
        var rate = streams / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await MartenStore.Measured($"streams-{writers}", MartenStore.Append(arguments), arguments, new() { ["rate"] = rate }).Print(MartenStore.Database);

        async Task One(int number)
        {
            await using var session = store.LightweightSession();
            session.Events.StartStream(Guid.CreateVersion7(), MartenStore.Several(3));
            await session.SaveChangesAsync();
        }
    }

    public static async Task WithExpectedVersion(Arguments arguments)
    {
        var (appends, writers, count) = (arguments.Number("appends", 20_000), arguments.Number("writers", 8), arguments.Number("streams", 1_000));
        await using var store = await MartenStore.Create(arguments);
        var streams = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var together in streams.Chunk(100))
        {
            await using var session = store.LightweightSession();
            foreach (var stream in together)
                session.Events.StartStream(stream, MartenStore.New(0));
            await session.SaveChangesAsync();
        }
        var versions = Enumerable.Repeat(1L, count).ToArray();
        await Run(arguments.Number("warmup", appends));

        var started = Stopwatch.GetTimestamp();
        await Run(appends);
        var rate = appends / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await MartenStore.Measured($"append-{writers}", MartenStore.Append(arguments), arguments, new() { ["rate"] = rate }).Print(MartenStore.Database);

        // Each writer to streams of its own, one after the other.
        Task Run(int appends) => Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            var own = Moves.StreamsOf(w, writers, count);
            var each = (appends / writers) + (w < appends % writers ? 1 : 0);
            for (var n = 0; n < each; n++)
            {
                var s = own[n % own.Length];
                await using var session = store.LightweightSession();
                session.Events.Append(streams[s], versions[s] + 1, MartenStore.New(n)); // the version that the stream will have
                await session.SaveChangesAsync();
                versions[s]++;
            }
        })));
    }
}
