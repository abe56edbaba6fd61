using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;

namespace EventDriven.Accounts.Withdraw;

internal static class WithdrawEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapWithdraw() => app.MapPost("/accounts/{id}/withdrawals", Withdraw).WithTags("Accounts").WithSummary("Take money from an account; repeating it with its Idempotency-Key is safe")
            .Produces<Moved>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static Task<IResult> Withdraw(
        Guid id, MoveRequest request, HttpRequest http, DeciderStore<AccountCommand, Account> accounts, TimeProvider clock, CancellationToken ct)
    {
        if (request.Problems(clock.GetUtcNow()) is { Count: > 0 } problems)
            return Task.FromResult<IResult>(TypedResults.ValidationProblem(problems, type: "/problems/bad-request"));
        var stream = accounts.Stream(id);
        return accounts.Execute(stream, new WithdrawMoney(request.Amount!.Value, request.Currency!, request.Effective),
            RequestKey.Required(http, stream.ToString(), request), Cause.Begin(), Moved.Answer, ct);
    }
}
