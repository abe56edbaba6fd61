using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.Payments.Accounts;
using EventDriven.Payments.Rules;
using EventDriven.ServiceDefaults;

namespace EventDriven.Payments.Pay;

/// <summary>
/// An answer now: yes, no, or that there is none. The request is recorded, the account is asked with no transaction open, and what it says is
/// recorded; whoever repeats the request after a crash in between goes on where it ended.
/// </summary>
internal static class PayEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapPay() => app.MapPost("/payments", Pay).WithTags("Payments").WithSummary("Take the money for an order; repeating it with its Idempotency-Key is safe")
            .OnlyForServices() // Orders asks for it, of an order that it has: nobody pays another amount
            .Produces<Paid>(StatusCodes.Status201Created).ProducesValidationProblem().ProducesProblem(StatusCodes.Status402PaymentRequired)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> Pay(
        PayRequest request, HttpRequest http, DeciderStore<PaymentCommand, Payment> payments, AccountsClient accounts, CancellationToken ct)
    {
        var key = RequestKey.Required(http, $"order-{request.OrderId}", request).Key;
        if (request.Problems() is { Count: > 0 } problems)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");

        var (command, cause) = (request.Command(key), Cause.Begin());
        var stream = payments.Stream(PaymentId.Of(command.OrderId));
        var requested = await payments.Execute(stream, command, cause, ct, creates: true);
        if (!requested.State.Is(command))
            return requested.State.Key == key ? RequestKey.Reused(key) : throw new DomainRuleException("The order has another payment.", "other-payment");
        if (requested.State.IsDecided)
            return Answers.Of(requested);
        if (await accounts.Withdraw(requested.State, ct) is not { } withdrawal)
            return Answers.NoAnswer();

        PaymentCommand outcome = withdrawal.Refusal is { } reason ? new DeclinePayment(reason) : new ConfirmPayment();
        return Answers.Of(await payments.Execute(stream, outcome, cause, CancellationToken.None));
    }
}
