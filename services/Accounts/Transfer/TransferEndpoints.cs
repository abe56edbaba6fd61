using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.ServiceDefaults;
using Npgsql;

namespace EventDriven.Accounts.Transfer;

/// <summary>Money from one account to another: two streams, so three commits, and one of them decides that it happens.</summary>
internal static class TransferEndpoints
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapTransfers()
        {
            app.MapPost("/transfers", Transfer).WithTags("Transfers").WithSummary("Transfer money between two accounts; repeating it with its Idempotency-Key is safe")
                .OnlyForOwner(request => Ownership.Of(request.HttpContext, request.GetArgument<TransferRequest>(0).From))
                .Produces<TransferView>(StatusCodes.Status201Created).ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
            app.MapGet("/transfers/{id}", Get).WithTags("Transfers").WithSummary("What became of a transfer").OnlyForOwner(Ownership.OfTransfer)
                .Produces<TransferView>().ProducesProblem(StatusCodes.Status404NotFound);
        }
    }

    private static async Task<IResult> Transfer(
        TransferRequest request, HttpRequest http, DeciderStore<AccountCommand, Account> accounts, TransferRequests transfers, CancellationToken ct)
    {
        if (request.Problems() is { Count: > 0 } problems)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");

        var (from, cause) = (accounts.Stream(request.From!.Value), Cause.Begin());
        var key = RequestKey.Required(http, from.ToString(), request);
        var receiver = await accounts.Load(accounts.Stream(request.To!.Value), ct);
        var start = new StartTransfer(Guid.CreateVersion7(), request.To.Value, receiver.Exists, request.Amount!.Value, request.Currency!);
        var outcome = await accounts.Execute(from, start, key, cause, decided => Answer(decided, receiver, cause), ct);
        return outcome is Outcome { IsBegun: true } begun ? await transfers.Finish(key, begun.Read<BegunTransfer>(), ct) : outcome;
    }

    /// <summary>A refusal is the end. Else the money is in transit, and the answer is what becomes of it.</summary>
    private static Outcome Answer(Decided<Account> decided, Loaded<Account> receiver, Cause cause) => decided.Events[0] switch
    {
        { Data: TransferStarted started, MessageId: var id } => Outcome.Begun(new BegunTransfer(started, decided.Version, receiver.Version, TransferProcess.After(cause, id))),
        { Data: TransferRefused refused } => Outcome
            .Created($"/transfers/{refused.TransferId}", TransferView.EndOf(refused.TransferId, refused.Reason))
            .At(new AppendResult(receiver.Stream.ToString(), receiver.Version)),
        var other => throw new NotSupportedException($"No transfer begins with {other.Data.GetType().Name}."),
    };

    private static async Task<IResult> Get(Guid id, NpgsqlDataSource database, CancellationToken ct)
    {
        var found = await database.Query(new("select status, reason from accounts.transfers where transfer_id = $1", id),
            row => new TransferView(id, row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)), ct);
        return found is [var transfer]
            ? TypedResults.Ok(transfer)
            : TypedResults.Problem("There is no such transfer.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
    }
}
