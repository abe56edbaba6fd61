using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Experiments.Catalogue.OrderAcrossServices;

/// <summary>Said by the service that takes orders.</summary>
internal sealed record OrderPlaced(Guid OrderId);

/// <summary>Said by the service that takes payments, after it has heard of the order.</summary>
internal sealed record PaymentSucceeded(Guid OrderId);

/// <summary>The two publishers: one caused by the other, each in order, on two topics.</summary>
internal static class Publishers
{
    public static MessageTypes Orders(string name) => [MessageType.Published<OrderPlaced>($"{name}.order-placed.v1", name + ".events")];

    public static MessageTypes Payments(string name) => [MessageType.Published<PaymentSucceeded>($"{name}.payment-succeeded.v1", name + ".events")];

    public static Task<LabService> StartOrders(Lab lab, string name, CancellationToken ct) =>
        LabService.Start(lab, name, Orders(name), builder => builder.AddMessaging(), app => app.MapMessaging(), ct);

    public static Task<LabService> StartPayments(Lab lab, string name, string orders, CancellationToken ct) => LabService.Start(lab, name, Payments(name), builder =>
    {
        builder.AddMessaging();
        builder.AddSubscription(name, Orders(orders)).Handle<OrderPlaced, Pay>();
    }, app => app.MapMessaging(), ct);

    internal sealed class Pay : IMessageHandler<OrderPlaced>
    {
        public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
        {
            context.Append(new("payment", message.OrderId), ExpectedVersion.NoStream, new NewEvent(new PaymentSucceeded(message.OrderId)));
            return Task.CompletedTask;
        }
    }
}
