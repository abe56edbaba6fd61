using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>
/// A subscriber comes back after an outage with a backlog waiting on Apache Kafka, while publishers go on at their rate: does it catch
/// up at the full rate, is its memory flat, and do the publishers notice? A shorter backlog with no publisher says what the full rate is.
/// </summary>
internal static class Backlog
{
    private const int Partitions = 12;
    private const int PerSecond = 200;
    private const int MostLive = 400_000;
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(10);

    public static async Task Run(Arguments arguments)
    {
        var messages = arguments.Number("messages", 500_000);
        var streams = arguments.Number("streams", messages / 10);
        var (quiet, _) = await CatchUp(messages / 5, streams / 5, publish: false);
        var (busy, publishers) = await CatchUp(messages, streams, publish: true);
        var ((commitBefore, commitMeanwhile), (arrivalBefore, arrivalMeanwhile)) = publishers!;

        await new Result("backlog", "ours", new()
        {
            ["rate"] = busy.Rate(),
            ["rate_without_publishers"] = quiet.Rate(),
            ["rate_first_quarter"] = busy.Rate(0, 0.25),
            ["rate_last_quarter"] = busy.Rate(0.75, 1),
            ["mb_first_quarter"] = busy.Megabytes(0, 0.25),
            ["mb_second_quarter"] = busy.Megabytes(0.25, 0.5),
            ["mb_third_quarter"] = busy.Megabytes(0.5, 0.75),
            ["mb_last_quarter"] = busy.Megabytes(0.75, 1),
            ["commit_p50_before"] = commitBefore.P50,
            ["commit_p50_meanwhile"] = commitMeanwhile.P50,
            ["commit_p99_before"] = commitBefore.P99,
            ["commit_p99_meanwhile"] = commitMeanwhile.P99,
            ["arrival_p50_before"] = arrivalBefore.P50,
            ["arrival_p50_meanwhile"] = arrivalMeanwhile.P50,
            ["arrival_p99_before"] = arrivalBefore.P99,
            ["arrival_p99_meanwhile"] = arrivalMeanwhile.P99,
        }, $"{Payload.Size} B, {streams} keys", BenchService.Versions, arguments.Command).Print(Subscriber.Service);
    }

    private static async Task<(Progress Progress, Publishers? Publishers)> CatchUp(int messages, int streams, bool publish)
    {
        await BenchService.Prepare();
        await BenchService.Prepare(Subscriber.Service);
        var topic = await Topic.Make(Partitions);
        Preload.Send(topic, OrderPlaced.OnTheWire("/orders", messages, streams));

        await using var service = await BenchService.Start(topic);
        var (latencies, commits) = (new Latencies(MostLive), new double[MostLive]);
        using var reader = await TopicReader.Start(topic, latencies.Arrived, Partitions, fromEnd: true);
        const int Warmup = PerSecond * 5, Before = PerSecond * 10;
        var placed = Warmup + Before;
        using var ends = new CancellationTokenSource();
        if (publish)
            await Offer(0, Warmup + Before);

        var offered = publish ? Offer(Warmup + Before, MostLive - Warmup - Before) : Task.CompletedTask;
        using var subscriber = Subscriber.Start(topic, "backlog");
        var progress = new Progress(subscriber);
        await progress.Until(messages, AtMost);
        await ends.CancelAsync();
        await offered;
        if (!publish)
            return (progress, null);
        await reader.Until(placed, TimeSpan.FromSeconds(30));
        var meanwhile = placed - Warmup - Before;
        return (progress, new(
            (Percentiles.Of(commits.AsSpan(Warmup, Before).ToArray()), Percentiles.Of(commits.AsSpan(Warmup + Before, meanwhile).ToArray())),
            (latencies.Of(Warmup, Before), latencies.Of(Warmup + Before, meanwhile))));

        Task Offer(int first, int count) => Load.Steady(first, count, PerSecond, async number =>
        {
            var started = Stopwatch.GetTimestamp();
            await service.PlaceAlone(number, () => latencies.Stamp(number));
            commits[number] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (first > 0)
                Interlocked.Increment(ref placed);
        }, ends.Token);
    }

    private sealed record Publishers((Percentiles Before, Percentiles Meanwhile) Commit, (Percentiles Before, Percentiles Meanwhile) Arrival);
}
