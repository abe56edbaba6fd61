using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Peers;

/// <summary>Business row and message in one transaction, until the last message is readable in Kafka: counted as on our side.</summary>
internal static class Outbox
{
    public static async Task Run(Arguments arguments)
    {
        var (messages, writers, warmup) = (arguments.Number("messages", 20_000), arguments.Number("writers", 8), arguments.Number("warmup", 2_000));
        var variant = WolverineService.Variant.Of(arguments);
        await WolverineService.Prepare();
        var topic = await Topic.Make();
        await using var service = await WolverineService.Start(variant, topic);
        using var reader = await TopicReader.Start(topic);
        await Load.Parallel(0, warmup, writers, n => service.Place(n));
        await reader.Until(warmup, TimeSpan.FromMinutes(1));

        var started = Stopwatch.GetTimestamp();
        await Load.Parallel(warmup, messages, writers, n => service.Place(n));
        var written = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await reader.Until(warmup + messages, TimeSpan.FromMinutes(3));
        var readable = Stopwatch.GetElapsedTime(started).TotalSeconds;

        await new Result("outbox", variant.Side, new()
        {
            ["rate"] = messages / readable,
            ["writes"] = messages / written,
            ["tail_s"] = readable - written,
            ["duplicates"] = reader.Duplicates,
        }, $"{Payload.Size} B", WolverineService.Versions, arguments.Command).Print(WolverineService.Database);
    }
}
