using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;
using Marten;

namespace EventDriven.Peers;

/// <summary>Folds streams of 1,000 events when they are asked for.</summary>
internal static class MartenAggregates
{
    private const int Length = 1_000;

    public static async Task Run(Arguments arguments)
    {
        var (loads, readers) = (arguments.Number("loads", 1_500), arguments.Number("readers", 1));
        await using var store = await MartenStore.Create(arguments, options => options.Projections.LiveStreamAggregation<Account>());
        var streams = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var stream in streams)
        {
            await using var session = store.LightweightSession();
            session.Events.StartStream<Account>(stream, MartenStore.Several(Length));
            await session.SaveChangesAsync();
        }
        await Servers.Execute(MartenStore.Database, "analyze");
        await Load.Parallel(0, loads, readers, One);

        var started = Stopwatch.GetTimestamp();
        await Load.Parallel(0, loads, readers, One);
        var rate = loads / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await MartenStore.Measured($"aggregate-{readers}", MartenStore.Append(arguments), arguments, new() { ["rate"] = rate }).Print(MartenStore.Database);

        async Task One(int number)
        {
            await using var session = store.QuerySession();
            var account = await session.Events.AggregateStreamAsync<Account>(streams[number % streams.Length]);
            if (account?.Count != Length)
                throw new InvalidOperationException($"{account?.Count} events instead of {Length}");
        }
    }
}
