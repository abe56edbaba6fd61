using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.ServiceDefaults;

namespace EventDriven.Accounts;

/// <summary>Whose an account is, where callers are known.</summary>
internal static class Ownership
{
    /// <summary>Of the account in the request's path; null where there is none.</summary>
    public static ValueTask<Guid?> OfPath(EndpointFilterInvocationContext context) =>
        Of(context.HttpContext, Guid.TryParse(context.HttpContext.GetRouteValue("id") as string, out var id) ? id : null);

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
