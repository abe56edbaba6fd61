using System.Diagnostics;
using Confluent.Kafka;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;
using EventDriven.Messaging;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>
/// A new subscriber comes after Apache Kafka has forgotten all that was published: it reads the owner's own log. How fast that is when the
/// owner sets no limit, and whether the owner's own transactions notice it when the limit is as it comes: while its history is only read,
/// as by a subscriber on other machines, and beside a subscriber that writes to the same server's disk.
/// </summary>
internal static class Backfill
{
    private const int Partitions = 12, EventsPerStream = 10, PageSize = 200;
    private const int PerSecond = 200, Warmup = PerSecond * 5, Window = PerSecond * 20;
    private const string NoLimit = "--Messaging:BackfillMessagesPerSecond=1000000";
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(10);

    public static async Task Run(Arguments arguments)
    {
        var messages = arguments.Number("messages", 500_000);
        await BenchService.Prepare();
        var topic = await Topic.Make(Partitions);
        double rate, limited, megabytes, given;
        await using (var owner = await Start(topic, NoLimit))
        {
            await Fill(owner, messages);
            await Forget(topic);
            await BenchService.Prepare(Subscriber.Service);
            using var subscriber = Subscriber.Start(topic, "unlimited", owner.Address);
            var progress = new Progress(subscriber);
            await progress.Until(messages, AtMost);
            (rate, megabytes) = (progress.Rate(), progress.Megabytes(0, 1));
        }

        Percentiles before, read, meanwhile;
        await using (var owner = await Start(topic))
        {
            await BenchService.Prepare(Subscriber.Service);
            await Live(owner, messages, Warmup);
            before = await Live(owner, messages + Warmup, Window);
            using (var enough = new CancellationTokenSource())
            {
                var reading = Read(owner, topic, enough.Token);
                read = await Live(owner, messages + Warmup + Window, Window);
                await enough.CancelAsync();
                given = await reading / (Window / (double)PerSecond);
            }
            using var subscriber = Subscriber.Start(topic, "limited", owner.Address);
            await Servers.Until(Subscriber.Service, "select least(count(*), 1) from effects", 1, AtMost);
            var (started, already) = (Stopwatch.GetTimestamp(), await Taken());
            meanwhile = await Live(owner, messages + Warmup + (2 * Window), Window);
            limited = (await Taken() - already) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        await new Result("backfill", "ours", new()
        {
            ["rate"] = rate,
            ["mb"] = megabytes,
            ["rate_limited"] = limited,
            ["rate_read"] = given,
            ["commit_p50_before"] = before.P50,
            ["commit_p50_read"] = read.P50,
            ["commit_p50_meanwhile"] = meanwhile.P50,
            ["commit_p99_before"] = before.P99,
            ["commit_p99_read"] = read.P99,
            ["commit_p99_meanwhile"] = meanwhile.P99,
        }, $"{Payload.Size} B, {messages / EventsPerStream} keys", BenchService.Versions, arguments.Command).Print(Subscriber.Service);

        static Task<long> Taken() => Servers.Scalar(Subscriber.Service, "select count(*) from effects");
    }

    private static Task<BenchService> Start(string topic, params string[] settings) => BenchService.Start(topic, map: app => app.MapMessaging(), args: settings);

    /// <summary>Appended, and relayed.</summary>
    private static async Task Fill(BenchService owner, int messages)
    {
        await Load.Parallel(0, messages / EventsPerStream, workers: 64, stream => owner.Log.Append(
            new("order", Guid.CreateVersion7()), ExpectedVersion.NoStream, Cause.Begin(),
            [.. Enumerable.Range(stream * EventsPerStream, EventsPerStream).Select(n => new NewEvent(new OrderPlaced(n, Payload.Pad)))], [], CancellationToken.None));
        await Servers.Until(BenchService.Name, "select relayed from log.progress", messages, AtMost);
    }

    /// <summary>What the topic's retention does some day.</summary>
    private static async Task Forget(string topic)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Servers.Kafka }).SetLogHandler((_, _) => { }).Build();
        await admin.DeleteRecordsAsync(Topic.PartitionsOf(topic, Partitions).Select(p => new TopicPartitionOffset(p, Offset.End)));
    }

    /// <summary>Reads pages for as long as it may, and as fast as they are given.</summary>
    private static async Task<int> Read(BenchService owner, string topic, CancellationToken ct)
    {
        using var client = new HttpClient { BaseAddress = new(owner.Address), DefaultRequestHeaders = { Authorization = new("Bearer", BenchService.Token) } };
        var (messages, after) = (0, 0);
        while (!ct.IsCancellationRequested)
        {
            using var page = await client.GetAsync(new Uri($"/log/messages?topic={topic}&after={after}&limit={PageSize}", UriKind.Relative), CancellationToken.None);
            page.EnsureSuccessStatusCode();
            await page.Content.ReadAsByteArrayAsync(CancellationToken.None);
            (messages, after) = (messages + PageSize, after + PageSize); // the log has nothing but what is on this topic
        }
        return messages;
    }

    /// <summary>Transactions at a steady rate, and how long each took.</summary>
    private static async Task<Percentiles> Live(BenchService owner, int first, int count)
    {
        var took = new double[count];
        await Load.Steady(first, count, PerSecond, async number =>
        {
            var started = Stopwatch.GetTimestamp();
            await owner.PlaceAlone(number, static () => { });
            took[number - first] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        });
        return Percentiles.Of(took);
    }
}
