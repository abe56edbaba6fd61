using EventDriven.Contracts.Signup;
using EventDriven.Experiments.Laboratory;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Experiments.Catalogue.NewSubscriber;

/// <summary>A service that nobody thought of: it counts who signed up. No other service knows it.</summary>
internal static class Newcomer
{
    public static async Task<LabService> Start(Lab lab, CancellationToken ct)
    {
        // Without a key on purpose: whoever came twice would be seen twice.
        var name = await LabService.Prepare(lab, schema: "create table people (user_id uuid not null); grant select, insert on people to \"$service$\"");
        return await LabService.Start(lab, name, [], builder =>
        {
            builder.AddMessaging();
            builder.AddSubscription(name, SignupContract.Types).Handle<UserSignedUp, Handler>();
        }, app => app.MapMessaging(), ct);
    }

    public static async Task<List<Guid>> People(LabService service, CancellationToken ct)
    {
        await using var command = service.Database.CreateCommand("select user_id from people");
        await using var row = await command.ExecuteReaderAsync(ct);
        List<Guid> people = [];
        while (await row.ReadAsync(ct))
            people.Add(row.GetGuid(0));
        return people;
    }

    internal sealed class Handler : IMessageHandler<UserSignedUp>
    {
        public Task Handle(UserSignedUp message, MessageContext context, CancellationToken ct)
        {
            context.Execute(new("insert into people values ($1)", message.UserId));
            return Task.CompletedTask;
        }
    }
}
