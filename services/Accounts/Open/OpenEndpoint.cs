using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.ServiceDefaults;

namespace EventDriven.Accounts.Open;

internal sealed record OpenRequest(Guid? OwnerId, string? Currency);

internal sealed record Opened(Guid AccountId);

internal static class OpenEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapOpen() => app.MapPost("/accounts", Open).WithTags("Accounts").WithSummary("Open an account")
            .OnlyFor(request => request.GetArgument<OpenRequest>(0).OwnerId ?? Callers.ActsFor(request.HttpContext))
            .Produces<Opened>(StatusCodes.Status201Created).ProducesValidationProblem();
    }

    private static Task<IResult> Open(OpenRequest request, HttpRequest http, DeciderStore<AccountCommand, Account> accounts, CancellationToken ct)
    {
        if (Problems(request) is { Count: > 0 } problems)
            return Task.FromResult<IResult>(TypedResults.ValidationProblem(problems, type: "/problems/bad-request"));

        var open = new OpenAccount(Guid.CreateVersion7(), request.OwnerId!.Value, request.Currency!);
        return accounts.Execute(accounts.Stream(open.AccountId), open, RequestKey.Optional(http, $"owner-{open.OwnerId}", request), Cause.Begin(),
            _ => Outcome.Created($"/accounts/{open.AccountId}", new Opened(open.AccountId)), ct, creates: true);
    }

    private static Dictionary<string, string[]> Problems(OpenRequest request)
    {
        Dictionary<string, string[]> problems = [];
        if (request.OwnerId is null)
            problems["ownerId"] = ["An account has an owner: a UUID."];
        Money.CheckCurrency(request.Currency, problems);
        return problems;
    }
}
