using EventDriven.Accounts.Balance;
using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Requests;

namespace EventDriven.Accounts.Freeze;

/// <summary>What changes an account's status: freeze, unfreeze, close.</summary>
internal static class FreezeEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapFreeze()
        {
            app.MapStatus("freeze", "Freeze an account: it neither takes nor gives money", () => new FreezeAccount());
            app.MapStatus("unfreeze", "Unfreeze an account", () => new UnfreezeAccount());
        }

        public void MapClose() => app.MapStatus("close", "Close an account for ever; it must be empty", () => new CloseAccount());

        private void MapStatus(string verb, string summary, Func<AccountCommand> command) => app.MapPost($"/accounts/{{id}}/{verb}",
            (Guid id, HttpRequest http, DeciderStore<AccountCommand, Account> accounts, CancellationToken ct) =>
            {
                var stream = accounts.Stream(id);
                return accounts.Execute(stream, command(), RequestKey.Required(http, stream.ToString(), verb), Cause.Begin(),
                    decided => Outcome.Ok(AccountView.Of(decided.Version, decided.State)), ct);
            }).WithTags("Accounts").WithSummary(summary)
            .Produces<AccountView>().ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }
}
