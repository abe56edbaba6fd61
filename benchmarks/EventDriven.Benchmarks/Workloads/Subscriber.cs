using EventDriven.Benchmarks.Measuring;
using EventDriven.Messaging;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>One process of a subscriber, until its standard input ends. Several with the same group share the keys.</summary>
internal static class Subscriber
{
    public const string Service = "subscriber";

    public static async Task Run(Arguments arguments)
    {
        var topic = arguments.Text("topic");
        await using var service = await BenchService.Start(topic, Service, add: builder =>
        {
            builder.Services.AddSingleton(new Handled(expected: int.MaxValue)); // the parent counts, in the database
            builder.AddSubscription(arguments.Text("group"), OrderPlaced.Types(topic)).Handle<OrderPlaced, EffectHandler>();
        });
        while (await Console.In.ReadLineAsync() is not null)
        {
            // until it ends
        }
    }

    public static ChildProcess Start(string topic, string group) => ChildProcess.StartSelf("subscriber", "--topic", topic, "--group", group);
}
