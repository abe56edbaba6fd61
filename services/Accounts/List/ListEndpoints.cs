using System.Text.Json;
using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing.Projections;
using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.Log;
using EventDriven.ServiceDefaults;
using Npgsql;

namespace EventDriven.Accounts.List;

/// <summary>A page. Next: what to pass as after for the following one; null at the end. Position: up to where in the log it goes.</summary>
internal sealed record AccountPage(IReadOnlyList<ListedView> Items, Guid? Next, long Position);

internal sealed record LargestAccounts(IReadOnlyList<ListedView> Items, long Position);

internal sealed record ListedView(Guid AccountId, Guid OwnerId, long Version, long Balance, string Currency, string Status)
{
    public static ListedView Of(ListedAccount listed) =>
        new(listed.AccountId, listed.OwnerId, listed.Version, listed.Balance, listed.Currency, listed.Status.ToString().ToLowerInvariant());
}

internal static class ListEndpoints
{
    private const int Usual = 50, Most = 500;

    extension(IEndpointRouteBuilder app)
    {
        public void MapLists()
        {
            app.MapGet("/accounts", List).WithTags("Lists").WithSummary("Accounts, of one owner or all, in pages")
                .WithDescription("It may lag and says up to which position of the log it goes; includes=stream:version waits for a write.")
                .OnlyFor(request => request.GetArgument<Guid?>(0)).Produces<AccountPage>().ProducesValidationProblem().IncludesWritesOf(AccountsProjection.ReadModel);
            app.MapGet("/accounts/largest", Largest).WithTags("Lists").WithSummary("The accounts of a currency with the highest balances")
                .OnlyForServices().Produces<LargestAccounts>().ProducesValidationProblem().IncludesWritesOf(AccountsProjection.ReadModel);
        }
    }

    private static async Task<IResult> List(Guid? ownerId, Guid? after, int? limit, ReadModels models, NpgsqlDataSource database, CancellationToken ct)
    {
        if (Problems(limit, currency: null) is { Count: > 0 } problems)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");
        var position = await models.Position(AccountsProjection.ReadModel, ct); // before the rows: they may go further, never less far
        var most = limit ?? Usual;
        var key = after is { } last ? AccountDecider.Decider.Stream(last).ToString() : "";
        var items = await database.Query(ownerId is null
            ? new("select document::text from accounts.accounts where key > $1 order by key limit $2", key, most + 1)
            : new("select document::text from accounts.accounts where key > $1 and owner_id = $3 order by key limit $2", key, most + 1, ownerId), Read, ct);
        return TypedResults.Ok(new AccountPage([.. items.Take(most)], items.Count > most ? items[most - 1].AccountId : null, position));
    }

    private static async Task<IResult> Largest(string? currency, int? limit, ReadModels models, NpgsqlDataSource database, CancellationToken ct)
    {
        if (Problems(limit, currency ?? "") is { Count: > 0 } problems)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");
        var position = await models.Position(AccountsProjection.ReadModel, ct);
        var items = await database.Query(
            new("select document::text from accounts.accounts where currency = $1 order by balance desc, key limit $2", currency, limit ?? Usual), Read, ct);
        return TypedResults.Ok(new LargestAccounts(items, position));
    }

    private static Dictionary<string, string[]> Problems(int? limit, string? currency)
    {
        Dictionary<string, string[]> problems = [];
        if (limit is < 1 or > Most)
            problems["limit"] = [$"A page has 1 to {Most} accounts."];
        if (currency is not null)
            Money.CheckCurrency(currency, problems);
        return problems;
    }

    private static ListedView Read(NpgsqlDataReader row) => ListedView.Of(JsonSerializer.Deserialize<ListedAccount>(row.GetString(0), EventLog.Json)!);
}
