using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;

namespace EventDriven.Accounts.Cancel;

internal sealed record Cancelled(string Status);

/// <summary>What every stored answer of a write to one account says.</summary>
internal sealed record Written(long Version);

/// <summary>
/// Tells for certain whether a withdrawal took place, to somebody who got no answer to it: either it did, or it never will. Withdrawal and
/// cancellation write to the same key, and only one of them can.
/// </summary>
internal static class CancelEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapCancel() => app.MapPost("/accounts/{id}/withdrawals/cancel", Cancel).WithTags("Accounts")
            .WithSummary("Cancel the withdrawal with this Idempotency-Key; says whether it had taken place")
            .Produces<Cancelled>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Cancel(
        Guid id, HttpRequest http, DeciderStore<AccountCommand, Account> accounts, IdempotentRequests requests, EventLog log, CancellationToken ct)
    {
        var stream = accounts.Stream(id);
        var key = RequestKey.Required(http, stream.ToString(), "");
        var account = await accounts.Load(stream, ct);
        if (!account.Exists)
            throw new StreamNotFoundException(stream);

        var stored = await requests.Forestall(key, Outcome.Refused(Refusals.Cancelled), ct);
        var status = await IsWithdrawal(stored, stream, log, ct) ? "withdrawn" : "cancelled";
        return Outcome.Ok(new Cancelled(status)).At(new AppendResult(stream.ToString(), account.Version));
    }

    /// <summary>The key may be that of a deposit: then there is no such withdrawal, and there will be none.</summary>
    private static async Task<bool> IsWithdrawal(Outcome stored, StreamName stream, EventLog log, CancellationToken ct) =>
        stored.Status == StatusCodes.Status200OK
        && await log.Reader.Stream(stream, stored.Read<Written>().Version, limit: 1, ct) is [var written]
        && written.Type == log.Types.Of(typeof(MoneyWithdrawn)).Name;
}
