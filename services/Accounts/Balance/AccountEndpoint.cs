using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventDriven.Accounts.Balance;

/// <summary>One account, folded from the log: now, as of a version, as it was known at a time, as it was in effect at a time.</summary>
internal static class AccountEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapAccount() => app.MapGet("/accounts/{id}", Get).WithTags("Accounts").WithSummary("An account now, as of a version, or as of a time")
            .WithDescription("at: as recorded by then; effective: as in effect then; both together: what was believed at one time about another. version goes with neither.")
            .Produces<AccountView>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<AccountView>, ValidationProblem, ProblemHttpResult>> Get(
        Guid id, long? version, string? at, string? effective, DeciderStore<AccountCommand, Account> accounts, TimeProvider clock, CancellationToken ct)
    {
        if (!AsOfQuery.TryRead(version, at, effective, clock.GetUtcNow(), out var asOf, out var problems))
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");
        var account = await accounts.Load(accounts.Stream(id), asOf, ct);
        if (account.Exists && (asOf.ToVersion is null || account.Version >= asOf.ToVersion))
            return TypedResults.Ok(AccountView.Of(account));
        var detail = asOf == AsOf.Now ? $"There is no account {id}." : $"There is no account {id} as of the version or time that is asked for.";
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
    }
}
