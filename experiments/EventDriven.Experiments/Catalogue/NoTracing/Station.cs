using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.NoTracing;

/// <summary>An item has gone through one more hop.</summary>
internal sealed record Passed(Guid ItemId, int Hop);

/// <summary>A mistake in the code of one hop: for one item it returns without saying anything. No exception, no log line.</summary>
internal sealed record Mistake(Guid ItemId, int Hop);

/// <summary>One of a ring of services. Each listens to the one before it, and an item goes around until it has made all its hops.</summary>
internal static class Station
{
    public const int Hops = 20;

    public static MessageTypes Types(string name) => [MessageType.Published<Passed>($"{name}.passed.v1", Topic(name))];

    public static string Topic(string name) => name + ".events";

    public static string Subscription(string name) => name + "-items";

    public static Task<LabService> Start(Lab lab, string name, string before, Mistake mistake, CancellationToken ct) => LabService.Start(lab, name, Types(name), builder =>
    {
        builder.AddMessaging();
        builder.Services.AddSingleton(mistake);
        builder.AddSubscription(Subscription(name), Types(before)).Handle<Passed, Handler>();
    }, app => app.MapMessaging(), ct);

    internal sealed class Handler(Mistake mistake) : IMessageHandler<Passed>
    {
        public Task Handle(Passed message, MessageContext context, CancellationToken ct)
        {
            var next = new Passed(message.ItemId, message.Hop + 1);
            if (message.Hop < Hops && next != new Passed(mistake.ItemId, mistake.Hop))
                context.Append(new("item", message.ItemId), ExpectedVersion.Any, new NewEvent(next));
            return Task.CompletedTask;
        }
    }
}
