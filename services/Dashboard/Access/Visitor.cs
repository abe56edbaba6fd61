using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;

namespace EventDriven.Dashboard.Access;

/// <summary>
/// Who is signed in on this connection, and what they may do. What a page hides is a courtesy; this is asked on the server before
/// anything is done or shown.
/// </summary>
internal sealed class Visitor(AuthenticationStateProvider authentication)
{
    public async Task<bool> May(string role) => (await Principal()).IsInRole(role);

    /// <summary>The account with all that it may do.</summary>
    /// <exception cref="UnauthorizedAccessException">It may do nothing.</exception>
    public async Task<Account> Account() => new(await Demand(Roles.View), [.. Roles.All.Where((await Principal()).IsInRole)]);

    /// <summary>The account's opaque id, which stands in the audit.</summary>
    /// <exception cref="UnauthorizedAccessException">The account does not have the role.</exception>
    public async Task<string> Demand(string role)
    {
        var principal = await Principal();
        return principal.IsInRole(role) && principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } account
            ? account
            : throw new UnauthorizedAccessException($"This needs the role '{role}', which your account does not have.");
    }

    private async Task<ClaimsPrincipal> Principal() => (await authentication.GetAuthenticationStateAsync()).User;
}
