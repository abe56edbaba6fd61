using System.Text.Json.Serialization;
using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Projections;
using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Accounts.Statement;

/// <summary>Next: the version to pass as after for the following lines; null at the end. Position: up to where in the log it goes.</summary>
internal sealed record AccountStatement(Guid AccountId, string Currency, IReadOnlyList<StatementLine> Lines, long? Next, long Position);

/// <summary>Amount: what came, or went where it is negative. Balance: after it.</summary>
internal sealed record StatementLine(
    long Version, string Type, DateTimeOffset At, DateTimeOffset EffectiveAt, long Amount, long Balance,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? TransferId);

internal static class StatementEndpoint
{
    private const int Most = 10_000;

    extension(IEndpointRouteBuilder app)
    {
        public void MapStatement() => app.MapGet("/accounts/{id}/statement", Get).WithTags("Lists").WithSummary("What moved on an account, with the balance after each line")
            .WithDescription("from and to: when it was recorded, both included. It may lag and says up to which position of the log it goes; includes=stream:version waits for a write.")
            .Produces<AccountStatement>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound)
            .IncludesWritesOf(StatementProjection.ReadModel);
    }

    private static async Task<IResult> Get(
        Guid id, string? from, string? to, long? after, int? limit,
        DeciderStore<AccountCommand, Account> accounts, ReadModels models, NpgsqlDataSource database, CancellationToken ct)
    {
        Dictionary<string, string[]> problems = [];
        var (first, last) = (Time.Read("from", from, problems), Time.Read("to", to, problems));
        if (first > last)
            problems["to"] = ["A statement ends after it begins."];
        if (limit is < 1 or > Most)
            problems["limit"] = [$"A statement has 1 to {Most} lines."];
        if (problems.Count > 0)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");
        var account = await accounts.Load(accounts.Stream(id), ct);
        if (!account.Exists)
            throw new StreamNotFoundException(account.Stream);

        var position = await models.Position(StatementProjection.ReadModel, ct); // before the rows: they may go further, never less far
        var most = limit ?? Most;
        var lines = await database.Query(new("""
            select version, type, at, effective_at, amount, balance, transfer_id from accounts.statement
            where account_id = $1 and version > $2 and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at <= $4) order by version limit $5
            """, id, after ?? -1, first?.ToUniversalTime(), last?.ToUniversalTime(), most + 1), Read, ct);
        return TypedResults.Ok(new AccountStatement(id, account.State.Currency, [.. lines.Take(most)], lines.Count > most ? lines[most - 1].Version : null, position));
    }

    private static StatementLine Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2),
        row.GetFieldValue<DateTimeOffset>(3), row.GetInt64(4), row.GetInt64(5), row.IsDBNull(6) ? null : row.GetGuid(6));
}
