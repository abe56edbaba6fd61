using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.Coupling;

/// <summary>Sends a mail per order: called, or told. The mail server behind it may be slow.</summary>
internal static class Mail
{
    public static async Task<string> Prepare(Lab lab) =>
        await LabService.Prepare(lab, schema: "create table mails (order_id uuid primary key); grant select, insert on mails to \"$service$\"");

    public static Task<LabService> Start(Lab lab, string name, MessageTypes orders, MailServer server, CancellationToken ct) => LabService.Start(lab, name, [], builder =>
    {
        builder.AddMessaging();
        builder.Services.AddSingleton(server);
        builder.AddSubscription(name, orders).Handle<OrderTaken, Handler>();
    }, app =>
    {
        app.MapMessaging();
        app.MapPost("/mails/{order:guid}", async (Guid order, CancellationToken aborted) =>
        {
            await server.Take(aborted);
            await using var insert = app.Services.GetRequiredService<Npgsql.NpgsqlDataSource>().CreateCommand("insert into mails values ($1) on conflict do nothing");
            insert.Parameters.Add(new() { Value = order });
            await insert.ExecuteNonQueryAsync(aborted);
            return TypedResults.NoContent();
        });
    }, ct);

    public static Task<long> Sent(Lab lab, string name) => lab.Scalar(name, "select count(*) from mails");

    internal sealed class Handler(MailServer server) : IMessageHandler<OrderTaken>, IHasOutsideEffect
    {
        public async Task Handle(OrderTaken message, MessageContext context, CancellationToken ct)
        {
            await server.Take(ct);
            context.Execute(new("insert into mails values ($1) on conflict do nothing", message.OrderId));
        }
    }
}

/// <summary>The mail server. When it is slow, it answers after a while: that is the fault which the experiment brings about.</summary>
internal sealed class MailServer
{
    public TimeSpan AnswersAfter { get; set; } = TimeSpan.Zero;

    public Task Take(CancellationToken ct) => Task.Delay(AnswersAfter, ct);
}
