using EventDriven.Benchmarks.Measuring;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Npgsql;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>
/// From the stamp before COMMIT is sent, at a steady rate, to a raw consumer or to the first line of a subscription's handler. With
/// <c>--snapshot</c> another transaction holds a snapshot for as long as the load lasts, five minutes, and the end of it counts.
/// </summary>
internal static class Latency
{
    public static async Task Run(Arguments arguments)
    {
        var (perSecond, to, snapshot) = (arguments.Number("rate", 200), arguments.Text("to", "both"), arguments.Has("snapshot"));
        var (counted, warmup) = (arguments.Number("messages", 2_000), arguments.Number("warmup", 1_000));
        var before = snapshot ? Math.Max(0, (perSecond * arguments.Number("seconds", 300)) - counted) : 0;
        var all = warmup + before + counted;
        var toHandler = to is "handler" or "both" ? new Latencies(all) : null;
        var toConsumer = to is "consumer" or "both" ? new Latencies(all) : null;

        await BenchService.Prepare();
        var topic = await Topic.Make();
        await using var service = await BenchService.Start(topic, add: builder =>
        {
            if (toHandler is null)
                return;
            builder.Services.AddSingleton(toHandler);
            builder.AddSubscription("latency", OrderPlaced.Types(topic)).Handle<OrderPlaced, FirstLine>();
        });
        using var reader = toConsumer is null ? null : await TopicReader.Start(topic, toConsumer.Arrived);
        await Offer(0, warmup);
        await using var held = snapshot ? await HoldSnapshot() : null;
        await Offer(warmup, before + counted);
        await Report("handler", toHandler);
        await Report("consumer", toConsumer);

        Task Offer(int first, int count) => Load.Steady(first, count, perSecond, number => service.PlaceAlone(number, () =>
        {
            toHandler?.Stamp(number);
            toConsumer?.Stamp(number);
        }));

        async Task Report(string arrival, Latencies? latencies)
        {
            if (latencies is null)
                return;
            await latencies.UntilAllArrived(TimeSpan.FromSeconds(30));
            var measured = latencies.Of(warmup + before, counted);
            Dictionary<string, double> values = new() { ["p50"] = measured.P50, ["p99"] = measured.P99, ["max"] = measured.Max };
            if (before > 0)
            {
                var start = latencies.Of(warmup, Math.Min(before, counted));
                (values["p50_at_start"], values["p99_at_start"]) = (start.P50, start.P99);
            }
            await new Result((snapshot ? "latency-snapshot-" : "latency-") + arrival, "ours", values, $"{Payload.Size} B", BenchService.Versions, arguments.Command)
                .Print(BenchService.Name);
        }
    }

    private static async Task<NpgsqlConnection> HoldSnapshot()
    {
        var connection = new NpgsqlConnection(Servers.Database(BenchService.Name));
        await connection.OpenAsync();
        await using var begin = new NpgsqlCommand("begin isolation level repeatable read; select pg_current_xact_id()", connection);
        await begin.ExecuteNonQueryAsync();
        return connection;
    }

    private sealed class FirstLine(Latencies latencies) : IMessageHandler<OrderPlaced>
    {
        public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
        {
            latencies.Arrived(message.Seq);
            context.Execute(EffectHandler.Insert(message));
            return Task.CompletedTask;
        }
    }
}
