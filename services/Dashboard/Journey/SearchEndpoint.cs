using EventDriven.Dashboard.Access;
using EventDriven.Dashboard.Watch;
using Microsoft.AspNetCore.Mvc;
using System.Security.Claims;

namespace EventDriven.Dashboard.Journey;

/// <summary>
/// What is typed into the search box. It is posted, so that a mail address stands in no URL, no log and no browser history; Signup alone
/// can tell whose it is, by its keyed hash.
/// </summary>
internal static class SearchEndpoint
{
    private const int Longest = 300;

    extension(WebApplication app)
    {
        public void MapSearch() => app.MapPost("/search", Search).RequireAuthorization(Roles.View).RequireRateLimiting(Limits.Lookups).ExcludeFromDescription();
    }

    private static async Task<IResult> Search([FromForm] string? q, ControlClient control, ClaimsPrincipal visitor, CancellationToken ct)
    {
        var text = q?.Trim() ?? "";
        if (text.Length is 0 or > Longest)
            return TypedResults.LocalRedirect("/");
        if (!text.Contains('@', StringComparison.Ordinal))
            return TypedResults.LocalRedirect($"/messages/{Uri.EscapeDataString(text)}");
        try
        {
            var found = await control.Post<FoundUser>("signup", "control/users/lookup", new { email = text }, visitor.FindFirstValue(ClaimTypes.NameIdentifier) ?? "unknown", ct);
            return TypedResults.LocalRedirect(found.Value is { } user ? $"/messages/{user.UserId}" : "/find?nobody=true");
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return TypedResults.LocalRedirect("/find?silent=true");
        }
    }

    private sealed record FoundUser(Guid UserId);
}
