using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.Poison;

/// <summary>A subscription of the building blocks: the key that fails is parked, the others go on.</summary>
internal sealed class ParkedKey(LabService service) : IConsumer
{
    public string Name => "parked key";

    public static async Task<ParkedKey> Start(Lab lab, MessageTypes types, PoisonedWork work, CancellationToken ct)
    {
        var name = await LabService.Prepare(lab, schema: """
            create table handled (id bigint generated always as identity, key text not null, number int not null, at timestamptz not null default clock_timestamp());
            grant select, insert on handled to "$service$";
            """);
        return new(await LabService.Start(lab, name, [], builder =>
        {
            builder.AddMessaging();
            builder.Services.AddSingleton(work);
            builder.AddSubscription("parked-key", types).Handle<Step, Handler>();
        }, map: app => app.MapMessaging(), ct: ct));
    }

    public async Task<IReadOnlyList<Handled>> Handled(CancellationToken ct)
    {
        await using var command = service.Database.CreateCommand("select key, number, at from handled order by id");
        await using var row = await command.ExecuteReaderAsync(ct);
        List<Handled> handled = [];
        while (await row.ReadAsync(ct))
            handled.Add(new(row.GetString(0), row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2)));
        return handled;
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    internal sealed class Handler(PoisonedWork work) : IMessageHandler<Step>
    {
        public Task Handle(Step message, MessageContext context, CancellationToken ct)
        {
            var key = context.Stream.ToString();
            work.Do(key, message.Number);
            context.Execute(new("insert into handled (key, number) values ($1, $2)", key, message.Number));
            return Task.CompletedTask;
        }
    }
}

/// <summary>The next thing that happened to one key.</summary>
internal sealed record Step(int Number);
