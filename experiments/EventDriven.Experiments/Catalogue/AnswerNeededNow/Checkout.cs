using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventDriven.Experiments.Catalogue.AnswerNeededNow;

/// <summary>An order was taken; whether it can be paid is not known yet.</summary>
internal sealed record OrderTaken(Guid OrderId, Guid AccountId);

/// <summary>Where people order: it asks for the payment and waits, or takes the order and has the payment follow.</summary>
internal static class Checkout
{
    /// <summary>How long it waits for an answer about money.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<string> Prepare(Lab lab) =>
        await LabService.Prepare(lab, schema: "create table decided (order_id uuid primary key, paid boolean not null); grant select, insert on decided to \"$service$\"");

    public static MessageTypes Types(string name) => [MessageType.Published<OrderTaken>($"{name}.order-taken.v1", name + ".events")];

    public static Task<LabService> Start(Lab lab, string name, string cashier, CancellationToken ct) => LabService.Start(lab, name, Types(name), builder =>
    {
        builder.AddMessaging();
        builder.Services.AddHttpClient(cashier, client => (client.BaseAddress, client.Timeout) = (new($"http://{cashier}"), Patience));
        builder.AddSubscription(name, Cashier.Types(cashier)).Handle<PaymentDecided, Handler>();
    }, app =>
    {
        app.MapMessaging();
        app.MapPost("/by-call/{account:guid}/{order:guid}", async (Guid account, Guid order, IHttpClientFactory clients, CancellationToken aborted) =>
        {
            using var client = clients.CreateClient(cashier);
            try
            {
                using var answer = await client.PostAsync(new Uri($"/payments/{account}/{order}", UriKind.Relative), content: null, aborted);
                return TypedResults.StatusCode(answer.IsSuccessStatusCode ? StatusCodes.Status201Created : (int)answer.StatusCode);
            }
            catch (Exception away) when (away is HttpRequestException or TaskCanceledException) // no answer is an answer: nothing was ordered
            {
                return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
            }
        });
        app.MapPost("/by-event/{account:guid}/{order:guid}", async (Guid account, Guid order, EventLog log) =>
        {
            await log.Append(new("order", order), ExpectedVersion.NoStream, Cause.Begin(), [new(new OrderTaken(order, account))], [], CancellationToken.None);
            return TypedResults.StatusCode(StatusCodes.Status202Accepted);
        });
        app.MapGet("/orders/{order:guid}", async (Guid order, NpgsqlDataSource database, CancellationToken aborted) =>
        {
            await using var command = database.CreateCommand("select paid from decided where order_id = $1");
            command.Parameters.Add(new() { Value = order });
            return (await command.ExecuteScalarAsync(aborted)) switch { true => "paid", false => "not paid", _ => "unknown" };
        });
    }, ct);

    internal sealed class Handler : IMessageHandler<PaymentDecided>
    {
        public Task Handle(PaymentDecided message, MessageContext context, CancellationToken ct)
        {
            context.Execute(new("insert into decided values ($1, $2)", message.OrderId, message.Paid));
            return Task.CompletedTask;
        }
    }
}
