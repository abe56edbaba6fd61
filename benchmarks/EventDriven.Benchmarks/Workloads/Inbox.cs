using EventDriven.Benchmarks.Measuring;
using EventDriven.Messaging;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>
/// Messages that are on the topic already, each handled once with one insert: a statement of its own, or a row of its batch's. Those that warm up
/// come before those that are measured, in the same service.
/// </summary>
internal static class Inbox
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(3);

    public static async Task Run(Arguments arguments)
    {
        var (messages, warmup) = (arguments.Number("messages", 20_000), arguments.Number("warmup", 3_000));
        var all = warmup + messages;
        var streams = Math.Min(all, arguments.Number("streams", int.MaxValue)); // as many as there are messages
        var side = arguments.Text("side", "ours");
        var lanes = arguments.Number("lanes", Environment.ProcessorCount); // the handlers wait for nothing: more would only take turns

        await BenchService.Prepare();
        var topic = await Topic.Make();
        Preload.Send(topic, OrderPlaced.OnTheWire("/orders", all, streams));
        var handled = new Handled(messages, warmup);
        await using var service = await BenchService.Start(topic, add: builder =>
        {
            builder.Services.AddSingleton(handled);
            var subscription = builder.AddSubscription("inbox", OrderPlaced.Types(topic));
            _ = side == "rows" ? subscription.Handle<OrderPlaced, EffectRowHandler>() : subscription.Handle<OrderPlaced, EffectHandler>();
        }, args: [$"--Messaging:Lanes={lanes}"]);
        var rate = await handled.Rate(BenchService.Name, EffectHandler.CountAll, EffectHandler.CountAfter(warmup), AtMost);
        await new Result("inbox", side, new() { ["rate"] = rate }, $"{Payload.Size} B, {streams} keys, {lanes} lanes", BenchService.Versions, arguments.Command).Print(BenchService.Name);
    }
}
