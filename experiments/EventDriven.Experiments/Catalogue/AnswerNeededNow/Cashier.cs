using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.AnswerNeededNow;

/// <summary>It was paid, or it was not.</summary>
internal sealed record PaymentDecided(Guid OrderId, bool Paid);

/// <summary>Takes payments from accounts at the bank: called, or told that an order was taken.</summary>
internal static class Cashier
{
    public const long Price = 4_200;

    public static MessageTypes Types(string name) => [MessageType.Published<PaymentDecided>($"{name}.payment-decided.v1", name + ".events")];

    public static Task<LabService> Start(Lab lab, string name, MessageTypes orders, CancellationToken ct) => LabService.Start(lab, name, Types(name), builder =>
    {
        builder.AddMessaging();
        builder.Services.AddHttpClient<BankClient>(client => client.BaseAddress = new("http://accounts"));
        builder.AddSubscription(name, orders).Handle<OrderTaken, Handler>();
    }, app =>
    {
        app.MapMessaging();
        app.MapPost("/payments/{account:guid}/{order:guid}", async (Guid account, Guid order, BankClient bank, CancellationToken aborted) =>
            TypedResults.StatusCode(await bank.Withdraw(account, Price, order, aborted) ? StatusCodes.Status200OK : StatusCodes.Status402PaymentRequired));
    }, ct);

    internal sealed class Handler(BankClient bank) : IMessageHandler<OrderTaken>, IHasOutsideEffect
    {
        public async Task Handle(OrderTaken message, MessageContext context, CancellationToken ct)
        {
            var paid = await bank.Withdraw(message.AccountId, Price, message.OrderId, ct);
            context.Append(new("payment", message.OrderId), ExpectedVersion.NoStream, new NewEvent(new PaymentDecided(message.OrderId, paid)));
        }
    }
}
