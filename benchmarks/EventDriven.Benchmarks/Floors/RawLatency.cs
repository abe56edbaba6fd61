using System.Text.Json;
using Confluent.Kafka;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;

namespace EventDriven.Benchmarks.Floors;

/// <summary>
/// Two rows in one transaction and then a plain produce, which is lost when the process ends in between: what commit and broker take at all, at the
/// same rate and to the same raw consumer.
/// </summary>
internal static class RawLatency
{
    public static async Task Run(Arguments arguments)
    {
        var (messages, warmup) = (arguments.Number("messages", 2_000), arguments.Number("warmup", 1_000));
        await Servers.FreshDatabase("raw");
        await Servers.Execute("raw", RawOutbox.Tables);
        await using var database = RawOutbox.Source();
        var topic = await Topic.Make();
        var latencies = new Latencies(warmup + messages);
        using var reader = await TopicReader.Start(topic, latencies.Arrived);
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig
        {
            BootstrapServers = Servers.Kafka,
            EnableIdempotence = true,
            LingerMs = 0,
        }).Build();

        await Load.Steady(0, warmup + messages, arguments.Number("rate", 200), async number =>
        {
            var order = await RawOutbox.Insert(database, beforeCommit: () => latencies.Stamp(number));
            await producer.ProduceAsync(topic, new() { Key = order.ToString(), Value = JsonSerializer.SerializeToUtf8Bytes(new OrderPlaced(number, Payload.Pad), EventLog.Json) });
        });
        await latencies.UntilAllArrived(TimeSpan.FromSeconds(30));
        var measured = latencies.Of(warmup, messages);
        Dictionary<string, double> values = new() { ["p50"] = measured.P50, ["p99"] = measured.P99, ["max"] = measured.Max };
        await new Result("latency-consumer", "raw", values, $"{Payload.Size} B", BenchService.Versions, arguments.Command).Print("raw");
    }
}
