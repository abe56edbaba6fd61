using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.ServiceDefaults;
using Npgsql;

namespace EventDriven.Accounts;

/// <summary>Whose an account is, where callers are known.</summary>
internal static class Ownership
{
    /// <summary>Of the account in the request's path; null where there is none.</summary>
    public static ValueTask<Guid?> OfPath(EndpointFilterInvocationContext context) =>
        Of(context.HttpContext, Guid.TryParse(context.HttpContext.GetRouteValue("id") as string, out var id) ? id : null);

    /// <summary>Of one of the two accounts of the transfer in the request's path: the caller's, where one is theirs. Null where there is none.</summary>
    public static async ValueTask<Guid?> OfTransfer(EndpointFilterInvocationContext context)
    {
        var http = context.HttpContext;
        var database = http.RequestServices.GetRequiredService<NpgsqlDataSource>();
        var found = Guid.TryParse(http.GetRouteValue("id") as string, out var id)
            ? await database.Query(new("select from_account, to_account from accounts.transfers where transfer_id = $1 and from_account is not null", id),
                row => (From: row.GetGuid(0), To: row.GetGuid(1)), http.RequestAborted)
            : [];
        if (found is not [var transfer])
            return null;
        var receiver = await Of(http, transfer.To);
        return receiver is not null && Callers.ActsFor(http) == receiver ? receiver : await Of(http, transfer.From);
    }

    /// <summary>A key of an order is Payments' to use: who forged one could have another movement taken for the order's.</summary>
    public static RouteGroupBuilder WithoutKeysOfServices(this RouteGroupBuilder movements) => movements.AddEndpointFilter(static (context, next) =>
        Callers.IsUser(context.HttpContext) && context.HttpContext.Request.Headers["Idempotency-Key"].ToString().StartsWith("order-", StringComparison.OrdinalIgnoreCase)
            ? new(Callers.NotAllowed("Keys that begin with order- are for services."))
            : next(context));

    /// <summary>Of one account; null where there is none.</summary>
    public static async ValueTask<Guid?> Of(HttpContext http, Guid? account)
    {
        var accounts = http.RequestServices.GetRequiredService<DeciderStore<AccountCommand, Account>>();
        return account is { } id && await accounts.Load(accounts.Stream(id), http.RequestAborted) is { Exists: true } loaded ? loaded.State.OwnerId : null;
    }
}
