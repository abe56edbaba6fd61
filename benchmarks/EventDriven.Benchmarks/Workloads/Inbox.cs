using EventDriven.Benchmarks.Measuring;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>Messages that are on the topic already, each handled once with one insert: a statement of its own, or a row of its batch's.</summary>
internal static class Inbox
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(3);

    public static async Task Run(Arguments arguments)
    {
        var messages = arguments.Number("messages", 20_000);
        var streams = arguments.Number("streams", int.MaxValue); // as many as there are messages
        var side = arguments.Text("side", "ours");
        Action<Subscription> handle = side == "rows" ? s => s.Handle<OrderPlaced, EffectRowHandler>() : s => s.Handle<OrderPlaced, EffectHandler>();
        await Once(arguments.Number("warmup", 3_000), streams, handle);
        var rate = await Once(messages, streams, handle);
        await new Result("inbox", side, new() { ["rate"] = rate }, $"{Payload.Size} B, {Math.Min(streams, messages)} keys", BenchService.Versions, arguments.Command)
            .Print(BenchService.Name);
    }

    private static async Task<double> Once(int messages, int streams, Action<Subscription> handle)
    {
        await BenchService.Prepare();
        var topic = await Topic.Make();
        Preload.Send(topic, OrderPlaced.OnTheWire("/orders", messages, Math.Min(streams, messages)));

        var handled = new Handled(messages);
        await using var service = await BenchService.Start(topic, add: builder =>
        {
            builder.Services.AddSingleton(handled);
            handle(builder.AddSubscription("inbox", OrderPlaced.Types(topic)));
        });
        return await handled.Rate(BenchService.Name, "select count(*) from effects", AtMost);
    }
}
