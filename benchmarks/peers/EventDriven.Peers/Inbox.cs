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
        await Once(arguments.Number("warmup", 3_000), variant);
        var rate = await Once(arguments.Number("messages", 20_000), variant);
        await new Result("inbox", variant.Side, new() { ["rate"] = rate }, $"{Payload.Size} B", WolverineService.Versions, arguments.Command)
            .Print(WolverineService.Database);
    }

    private static async Task<double> Once(int messages, WolverineService.Variant variant)
    {
        await WolverineService.Prepare();
        var topic = await Topic.Make();
        Preload.Send(topic, Enumerable.Range(0, messages).Select(i => new Message<string, byte[]>
        {
            Key = Guid.CreateVersion7().ToString(),
            Value = JsonSerializer.SerializeToUtf8Bytes(new OrderPlaced(i, Payload.Pad)),
        }));
        var handled = new Handled(messages);
        await using var service = await WolverineService.Start(variant, topic, handled);
        return await handled.Rate(WolverineService.Database, variant.CountEffects, AtMost);
    }
}
