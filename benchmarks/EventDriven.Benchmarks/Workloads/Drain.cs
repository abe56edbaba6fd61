using System.Diagnostics;
using Confluent.Kafka;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>What an outage of the broker has left in the log, relayed as fast as it goes. The broker's own high watermarks tell how far.</summary>
internal static class Drain
{
    private const int EventsPerAppend = 100;

    public static async Task Run(Arguments arguments)
    {
        await Once(arguments.Number("warmup", 20_000), checkEach: false);
        var (rate, delay) = await Once(arguments.Number("messages", 200_000), checkEach: Topic.IsApache);
        await new Result("drain", "ours", new() { ["rate"] = rate, ["first_after_s"] = delay }, $"{Payload.Size} B", BenchService.Versions, arguments.Command)
            .Print(BenchService.Name);
    }

    private static async Task<(double Rate, double FirstAfter)> Once(int messages, bool checkEach)
    {
        await BenchService.Prepare();
        var topic = await Topic.Make();
        await Fill(topic, messages);

        using var watcher = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = Servers.Kafka, GroupId = "watcher" }).Build();
        HighWatermarks(); // connects
        var started = Stopwatch.GetTimestamp();
        await using var service = await BenchService.Start(topic);
        var (first, firstAt) = await Until(1);
        var (_, lastAt) = await Until(messages);
        if (checkEach)
        {
            using var reader = await TopicReader.Start(topic);
            await reader.Until(messages, TimeSpan.FromMinutes(2));
        }
        return ((messages - first) / Stopwatch.GetElapsedTime(firstAt, lastAt).TotalSeconds, Stopwatch.GetElapsedTime(started, firstAt).TotalSeconds);

        long HighWatermarks() =>
            Topic.PartitionsOf(topic).Sum(p => watcher.QueryWatermarkOffsets(p, TimeSpan.FromSeconds(10)).High.Value);

        async Task<(long Count, long At)> Until(long count)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            while (true)
            {
                var readable = HighWatermarks();
                if (readable >= count)
                    return (readable, Stopwatch.GetTimestamp());
                await Task.Delay(10, patience.Token);
            }
        }
    }

    /// <summary>Appended and sequenced, never relayed.</summary>
    private static async Task Fill(string topic, int messages)
    {
        await using var service = await BenchService.StartUnrelayed(topic);
        await Load.Parallel(0, messages / EventsPerAppend, workers: 2, async append =>
        {
            await using var transaction = await service.Log.Begin(CancellationToken.None);
            await transaction.Append(new StreamName("order", Guid.CreateVersion7()), ExpectedVersion.NoStream, Cause.Begin(),
                [.. Enumerable.Range(append * EventsPerAppend, EventsPerAppend).Select(n => new NewEvent(new OrderPlaced(n, Payload.Pad)))], CancellationToken.None);
            await transaction.Commit(CancellationToken.None);
        });
        await Servers.Until(BenchService.Name, "select count(*) from log.positions", messages, TimeSpan.FromMinutes(2));
    }
}
