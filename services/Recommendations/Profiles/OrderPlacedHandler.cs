using EventDriven.Contracts.Orders;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Recommendations.Profiles;

/// <summary>Remembers what was bought: from now on other things are shown.</summary>
internal sealed class OrderPlacedHandler : IMessageHandler<OrderPlaced>
{
    public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
    {
        context.Execute(new("insert into recommendations.purchases (order_id, sku, user_id, bought_at) select $1, sku, $3, $4 from unnest($2) sku on conflict do nothing",
            message.OrderId, message.Lines.Select(line => line.Sku).Distinct().ToArray(), message.UserId, context.RecordedAt));
        return Task.CompletedTask;
    }
}
