using EventDriven.Accounts.List;
using EventDriven.Accounts.Rules;
using EventDriven.Accounts.Statement;
using EventDriven.EventSourcing.Projections;
using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Accounts.Bank;

/// <summary>The whole bank at a moment. Since: when money first moved, null where it never has. Position: up to where in the log it goes.</summary>
internal sealed record BankView(DateTimeOffset? Since, IReadOnlyList<BankCurrency> Currencies, long Position);

/// <summary>
/// Accounts: those on which money had moved. InTransit: what had left one account and not come to another.
/// Balances + InTransit = Deposited - Withdrawn.
/// </summary>
internal sealed record BankCurrency(string Currency, long Accounts, decimal Balances, decimal InTransit, decimal Deposited, decimal Withdrawn);

internal static class BankEndpoint
{
    // Balances come from the last line of each account, the rest from what each line moved: neither is made from the other.
    private const string Sums = """
        select a.currency, count(*), sum(l.balance), -sum(l.transferred), sum(l.deposited), -sum(l.withdrawn)
        from (
            select s.account_id, (array_agg(s.balance order by s.version desc))[1] as balance,
                coalesce(sum(s.amount) filter (where s.type like 'accounts.money-deposited.%'), 0) as deposited,
                coalesce(sum(s.amount) filter (where s.type like 'accounts.money-withdrawn.%'), 0) as withdrawn,
                coalesce(sum(s.amount) filter (where s.type like 'accounts.transfer-%'), 0) as transferred
            from accounts.statement s where ($1::timestamptz is null or s.at <= $1) group by s.account_id) l
        join accounts.accounts a on a.key = $2 || l.account_id
        group by a.currency order by a.currency
        """;

    extension(IEndpointRouteBuilder app)
    {
        public void MapBank() => app.MapGet("/bank", Get).WithTags("Lists").WithSummary("The whole bank, now or as recorded by a time")
            .WithDescription("Per currency: balances, money in transit, deposits and withdrawals up to then. It may lag and says up to which position of the log it goes.")
            .Produces<BankView>().ProducesValidationProblem().IncludesWritesOf(StatementProjection.ReadModel);
    }

    private static async Task<IResult> Get(string? at, ReadModels models, NpgsqlDataSource database, TimeProvider clock, CancellationToken ct)
    {
        Dictionary<string, string[]> problems = [];
        var (now, by) = (clock.GetUtcNow(), Time.Read("at", at, problems));
        if (by > now)
            problems["at"] = ["What will be recorded is not known yet."];
        if (problems.Count > 0)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");

        // Before the rows: they may go further, never less far.
        var position = Math.Min(await models.Position(StatementProjection.ReadModel, ct), await models.Position(AccountsProjection.ReadModel, ct));
        var since = await database.Query(new("select min(at) from accounts.statement"), row => row.IsDBNull(0) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(0), ct);
        var currencies = await database.Query(
            new(Sums, by?.ToUniversalTime(), AccountDecider.Category + "-"), Read, ct);
        return TypedResults.Ok(new BankView(since.Single(), currencies, position));
    }

    private static BankCurrency Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetInt64(1), row.GetDecimal(2), row.GetDecimal(3), row.GetDecimal(4), row.GetDecimal(5));
}
