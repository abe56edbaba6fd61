using System.Text.Json.Serialization;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.Payments.Accounts;
using EventDriven.Payments.Rules;
using EventDriven.ServiceDefaults;

namespace EventDriven.Payments.Cancel;

internal sealed record CancelRequest(Guid? OrderId, Guid? AccountId);

/// <summary>How the payment stands for ever; the payment is named where its money was taken.</summary>
internal sealed record CancelAnswer(string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? PaymentId)
{
    public static CancelAnswer Succeeded(Guid paymentId) => new("succeeded", paymentId);

    public static CancelAnswer Cancelled { get; } = new("cancelled", PaymentId: null);
}

/// <summary>Ends the doubt about a payment. The account decides, by the withdrawal's key: either it has given the money, or it never will.</summary>
internal static class CancelEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapCancel() => app.MapPost("/payments/cancel", Cancel).WithTags("Payments").WithSummary("Take a payment back by its key, unless its money has been taken")
            .OnlyForServices() // Orders asks for it when nobody waits any more
            .Produces<CancelAnswer>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> Cancel(
        CancelRequest request, HttpRequest http, DeciderStore<PaymentCommand, Payment> payments, AccountsClient accounts, CancellationToken ct)
    {
        _ = RequestKey.Required(http, $"order-{request.OrderId}", request);
        if (request is not { OrderId: { } orderId, AccountId: { } accountId })
            return TypedResults.ValidationProblem([new("orderId", ["A cancel names the order and the account: each a UUID."])], type: "/problems/bad-request");

        var stream = payments.Stream(PaymentId.Of(orderId));
        var payment = await payments.Load(stream, ct);
        if (payment.State.IsDecided)
            return Answer(stream, payment.Version, payment.State, payment.State.Status == PaymentStatus.Succeeded);
        if (payment.Exists && payment.State.AccountId != accountId)
            throw PaymentDecider.OtherAccount;
        if (await accounts.CancelWithdrawal(accountId, orderId, ct) is not { } cancelled)
            return Answers.NoAnswer();

        PaymentCommand outcome = cancelled ? new CancelPayment(orderId, accountId) : new ConfirmPayment();
        var decided = await payments.Execute(stream, outcome, Cause.Begin(), CancellationToken.None, creates: true);
        return Answer(stream, decided.Version, decided.State, !cancelled);

        Outcome Answer(StreamName stream, long version, Payment state, bool succeeded) =>
            Outcome.Ok(succeeded ? CancelAnswer.Succeeded(PaymentId.Of(orderId)) : CancelAnswer.Cancelled).At(new AppendResult(stream.ToString(), version));
    }
}
