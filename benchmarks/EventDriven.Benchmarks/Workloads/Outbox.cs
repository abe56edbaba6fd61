using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>Business row and message in one transaction, until the last message is readable in Kafka.</summary>
internal static class Outbox
{
    public static async Task Run(Arguments arguments)
    {
        var (messages, writers, warmup) = Sizes(arguments);
        await BenchService.Prepare();
        var topic = await Topic.Make();
        await using var service = await BenchService.Start(topic);
        using var reader = await TopicReader.Start(topic);
        await Load.Parallel(0, warmup, writers, n => service.Place(n));
        await reader.Until(warmup, TimeSpan.FromMinutes(1));

        var started = Stopwatch.GetTimestamp();
        await Load.Parallel(warmup, messages, writers, n => service.Place(n));
        var written = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await reader.Until(warmup + messages, TimeSpan.FromMinutes(3));
        var readable = Stopwatch.GetElapsedTime(started).TotalSeconds;

        await new Result("outbox", "ours", new()
        {
            ["rate"] = messages / readable,
            ["writes"] = messages / written,
            ["tail_s"] = readable - written,
            ["duplicates"] = reader.Duplicates,
        }, $"{Payload.Size} B", BenchService.Versions, arguments.Command).Print(BenchService.Name);
    }

    /// <summary>What the same writers do when nobody sequences or relays what they say.</summary>
    public static async Task RunFloor(Arguments arguments)
    {
        var (messages, writers, warmup) = Sizes(arguments);
        await BenchService.Prepare();
        await using var service = await BenchService.StartUnsequenced("unpublished");
        await Load.Parallel(0, warmup, writers, n => service.Place(n));

        var started = Stopwatch.GetTimestamp();
        await Load.Parallel(warmup, messages, writers, n => service.Place(n));
        var written = Stopwatch.GetElapsedTime(started).TotalSeconds;

        await new Result("outbox", "floor", new() { ["rate"] = messages / written }, $"{Payload.Size} B", BenchService.Versions, arguments.Command)
            .Print(BenchService.Name);
    }

    public static (int Messages, int Writers, int Warmup) Sizes(Arguments arguments) =>
        (arguments.Number("messages", 20_000), arguments.Number("writers", 8), arguments.Number("warmup", 2_000));
}
