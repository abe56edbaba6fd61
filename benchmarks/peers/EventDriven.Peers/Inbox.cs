using System.Text.Json;
using Confluent.Kafka;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Peers;

/// <summary>Messages that are on the topic already, each handled once with one insert: counted as on our side.</summary>
internal static class Inbox
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(3);

    public static async Task Run(Arguments arguments)
    {
        var variant = WolverineService.Variant.Of(arguments);
        var (messages, warmup) = (arguments.Number("messages", 20_000), arguments.Number("warmup", 3_000));
        await WolverineService.Prepare();
        var topic = await Topic.Make();
        Preload.Send(topic, Enumerable.Range(0, warmup + messages).Select(i => new Message<string, byte[]>
        {
            Key = Guid.CreateVersion7().ToString(),
            Value = JsonSerializer.SerializeToUtf8Bytes(new OrderPlaced(i, Payload.Pad)),
        }));
        var handled = new Handled(messages, warmup);
        await using var service = await WolverineService.Start(variant, topic, handled);
        var rate = await handled.Rate(WolverineService.Database, variant.CountEffects, variant.CountEffectsAfter(warmup), AtMost);
        await new Result("inbox", variant.Side, new() { ["rate"] = rate }, $"{Payload.Size} B", WolverineService.Versions, arguments.Command)
            .Print(WolverineService.Database);
    }
}
