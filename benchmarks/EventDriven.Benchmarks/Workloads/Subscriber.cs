using EventDriven.Benchmarks.Measuring;
using EventDriven.Messaging;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>One process of a subscriber, until its standard input ends. Several with the same group share the keys.</summary>
internal static class Subscriber
{
    public const string Service = "subscriber";

    public static async Task Run(Arguments arguments)
    {
        var (topic, owner) = (arguments.Text("topic"), arguments.Text("owner", ""));
        await using var service = await BenchService.Start(topic, Service, add: builder =>
        {
            builder.Services.AddSingleton(new Handled(expected: int.MaxValue, before: 0)); // the parent counts, in the database
            builder.AddSubscription(arguments.Text("group"), owner.Length > 0 ? OrderPlaced.Types(topic, BenchService.Name) : OrderPlaced.Types(topic)).Handle<OrderPlaced, EffectHandler>();
            builder.Configuration[$"services:{BenchService.Name}:http:0"] = owner;
            builder.Services.AddServiceDiscovery().ConfigureHttpClientDefaults(static http => http.AddServiceDiscovery());
        });
        while (await Console.In.ReadLineAsync() is not null)
        {
            // until it ends
        }
    }

    /// <param name="topic">What it reads.</param>
    /// <param name="group">As which group.</param>
    /// <param name="owner">Where whoever publishes there answers; null: the topic holds everything.</param>
    public static ChildProcess Start(string topic, string group, string? owner = null) =>
        ChildProcess.StartSelf(["subscriber", "--topic", topic, "--group", group, .. owner is null ? Array.Empty<string>() : ["--owner", owner]]);
}
