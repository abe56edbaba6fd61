using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Peers;

/// <summary>From the stamp before COMMIT is sent to a raw consumer, at a steady rate: counted as on our side.</summary>
internal static class Latency
{
    public static async Task Run(Arguments arguments)
    {
        var (perSecond, variant) = (arguments.Number("rate", 200), WolverineService.Variant.Of(arguments));
        var (counted, warmup) = (arguments.Number("messages", 2_000), arguments.Number("warmup", 1_000));
        var latencies = new Latencies(warmup + counted);
        await WolverineService.Prepare();
        var topic = await Topic.Make();
        await using var service = await WolverineService.Start(variant, topic);
        using var reader = await TopicReader.Start(topic, latencies.Arrived);
        await Offer(0, warmup);
        await Offer(warmup, counted);
        await latencies.UntilAllArrived(TimeSpan.FromSeconds(30));

        var measured = latencies.Of(warmup, counted);
        await new Result("latency-consumer", variant.Side, new() { ["p50"] = measured.P50, ["p99"] = measured.P99, ["max"] = measured.Max },
            $"{Payload.Size} B", WolverineService.Versions, arguments.Command).Print(WolverineService.Database);

        Task Offer(int first, int count) =>
            Load.Steady(first, count, perSecond, number => service.Place(number, () => latencies.Stamp(number)));
    }
}
