using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.Payments.Rules;

namespace EventDriven.Payments;

internal sealed record Paid(Guid PaymentId, string Status);

/// <summary>What a client is told. It follows from the payment's events alone, so a repeat hears the same.</summary>
internal static class Answers
{
    private const string RetryAfterSeconds = "1";

    /// <summary>A payment that is decided.</summary>
    public static Outcome Of(StreamName stream, long version, Payment payment) => (payment.Status == PaymentStatus.Succeeded
        ? Outcome.Created($"/payments?orderId={payment.OrderId}", new Paid(payment.Id, "succeeded"))
        : Outcome.Problem(StatusCodes.Status402PaymentRequired, new
        {
            Type = $"/problems/{payment.Reason}",
            Title = "Payment refused",
            Status = StatusCodes.Status402PaymentRequired,
            Detail = $"The payment does not go through: {payment.Reason}.",
            payment.Reason,
        })).At(new AppendResult(stream.ToString(), version));

    public static Outcome Of(Decided<Payment> decided) => Of(decided.Stream, decided.Version, decided.State);

    /// <summary>Nothing is stored: the same request may be repeated, and ends as the first one would have.</summary>
    public static Outcome NoAnswer() => Outcome.Problem(StatusCodes.Status503ServiceUnavailable, new
    {
        Type = "/problems/unavailable",
        Title = "No answer",
        Status = StatusCodes.Status503ServiceUnavailable,
        Detail = "Accounts did not answer in time. Repeat the request with its Idempotency-Key, or cancel it.",
    }).With("Retry-After", RetryAfterSeconds);
}
