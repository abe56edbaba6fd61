using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Fulfilment.Arrivals;

/// <summary>One half of what an order needs, as it came. Its cause is the message's, for whatever is said because of it.</summary>
internal sealed record Arrival(Guid UserId, DateTimeOffset At, Cause Cause)
{
    public const string Order = "order", Payment = "payment";

    /// <summary>Queues that a half has come; one that has come before does nothing.</summary>
    public static void Record(string half, Guid orderId, Guid userId, MessageContext context) => context.Execute(new("""
        insert into fulfilment.arrivals (order_id, half, user_id, correlation_id, message_id, traceparent) values ($1, $2, $3, $4, $5, $6::text)
        on conflict do nothing
        """, orderId, half, userId, context.Cause.CorrelationId, context.MessageId, context.Cause.TraceParent));
}
