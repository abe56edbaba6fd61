using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.Orders.Rules;

namespace EventDriven.Orders.PlaceOrder;

internal sealed record Placed(Guid OrderId, string Status);

/// <summary>
/// What a client is told. It follows from the order's events alone, so a repeat hears the same: of an order that was shipped meanwhile,
/// that it was placed.
/// </summary>
internal static class Answers
{
    private const string RetryAfterSeconds = "1";
    private const int VersionRequested = 0, VersionSettled = 1;

    public static Outcome Of(StreamName stream, Order order) => order.Status switch
    {
        OrderStatus.Pending => NoAnswer(order.Id).At(new AppendResult(stream.ToString(), VersionRequested)),
        OrderStatus.Rejected => Rejected(order).At(new AppendResult(stream.ToString(), VersionSettled)),
        _ => Outcome.Created($"/orders/{order.Id}", new Placed(order.Id, "placed")).At(new AppendResult(stream.ToString(), VersionSettled)),
    };

    /// <summary>The member status says how the order stands: the answer's own status is in its first line.</summary>
    private static Outcome Rejected(Order order) => Outcome.Problem(StatusCodes.Status402PaymentRequired, new
    {
        Type = $"/problems/{order.Reason}",
        Title = "Order rejected",
        Status = "rejected",
        Detail = $"The payment does not go through: {order.Reason}. No money was taken.",
        OrderId = order.Id,
        order.Reason,
    });

    private static Outcome NoAnswer(Guid orderId) => Outcome.Problem(StatusCodes.Status503ServiceUnavailable, new
    {
        Type = "/problems/no-answer",
        Title = "No answer yet",
        Status = StatusCodes.Status503ServiceUnavailable,
        Detail = "Whether the payment goes through is not known yet. The order is settled by itself: look at it, or repeat the request with its Idempotency-Key.",
        OrderId = orderId,
    }).With("Retry-After", RetryAfterSeconds);
}
