using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Experiments.Catalogue.CommandAndEvent;

/// <summary>A service that does something for every customer who joins, told by a message of one type.</summary>
internal static class Reaction
{
    public static async Task<string> Prepare(Lab lab) =>
        await LabService.Prepare(lab, schema: "create table done (customer uuid primary key); grant select, insert on done to \"$service$\"");

    public static Task<LabService> Start<T>(Lab lab, string name, MessageTypes hears, CancellationToken ct) where T : class => LabService.Start(lab, name, [], builder =>
    {
        builder.AddMessaging();
        builder.AddSubscription(name, hears).Handle<T, Handler<T>>();
    }, app => app.MapMessaging(), ct);

    public static Task<long> Done(LabService service) => service.Scalar("select count(*) from done");

    internal sealed class Handler<T> : IMessageHandler<T> where T : class
    {
        public Task Handle(T message, MessageContext context, CancellationToken ct)
        {
            context.Execute(new("insert into done values ($1)", context.Stream.Id));
            return Task.CompletedTask;
        }
    }
}
