using EventDriven.Benchmarks.Measuring;
using EventDriven.Messaging;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>Messages that are on the topic already, each handled once with one insert.</summary>
internal static class Inbox
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(3);

    public static async Task Run(Arguments arguments)
    {
        var messages = arguments.Number("messages", 20_000);
        var streams = arguments.Number("streams", messages);
        await Once(arguments.Number("warmup", 3_000), streams);
        var rate = await Once(messages, streams);
        await new Result("inbox", "ours", new() { ["rate"] = rate }, $"{Payload.Size} B, {Math.Min(streams, messages)} keys", BenchService.Versions, arguments.Command)
            .Print(BenchService.Name);
    }

    private static async Task<double> Once(int messages, int streams)
    {
        await BenchService.Prepare();
        var topic = await Topic.Make();
        Preload.Send(topic, OrderPlaced.OnTheWire("/orders", messages, Math.Min(streams, messages)));

        var handled = new Handled(messages);
        await using var service = await BenchService.Start(topic, add: builder =>
        {
            builder.Services.AddSingleton(handled);
            builder.AddSubscription("inbox", OrderPlaced.Types(topic)).Handle<OrderPlaced, EffectHandler>();
        });
        return await handled.Rate(BenchService.Name, "select count(*) from effects", AtMost);
    }
}
