using System.Text.Json.Serialization;
using EventDriven.EventSourcing;
using EventDriven.Payments.Rules;
using EventDriven.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventDriven.Payments.Find;

/// <summary>The payment of one order; why it failed, where it did.</summary>
internal sealed record PaymentView(
    Guid PaymentId, Guid OrderId, Guid UserId, Guid AccountId, long Amount, string Currency, string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason)
{
    public static PaymentView Of(Payment p) => new(p.Id, p.OrderId, p.UserId, p.AccountId, p.Amount, p.Currency, p.Status.ToString().ToLowerInvariant(), p.Reason);
}

internal static class PaymentEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapPayment() => app.MapGet("/payments", Get).WithTags("Payments").WithSummary("The payment of an order: pending, succeeded or failed with its reason")
            .OnlyForOwner(OwnerOf).Produces<PaymentView>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async ValueTask<Guid?> OwnerOf(EndpointFilterInvocationContext request)
    {
        var payments = request.HttpContext.RequestServices.GetRequiredService<DeciderStore<PaymentCommand, Payment>>();
        var payment = await payments.Load(payments.Stream(PaymentId.Of(request.GetArgument<Guid>(0))), request.HttpContext.RequestAborted);
        return payment.Exists ? payment.State.UserId : null;
    }

    private static async Task<Ok<PaymentView>> Get(Guid orderId, DeciderStore<PaymentCommand, Payment> payments, CancellationToken ct)
    {
        var payment = await payments.Load(payments.Stream(PaymentId.Of(orderId)), ct);
        // One that was taken back before anybody asked for it has no amount: there is nothing to show.
        return payment.State.Status is PaymentStatus.None or PaymentStatus.Forestalled
            ? throw new StreamNotFoundException(payment.Stream)
            : TypedResults.Ok(PaymentView.Of(payment.State));
    }
}
