using Microsoft.AspNetCore.Authorization;

namespace EventDriven.Dashboard.Access;

/// <summary>What somebody may do here. Each role is of its own: who may see payloads may not operate because of it.</summary>
internal static class Roles
{
    /// <summary>See everything but what messages say.</summary>
    public const string View = "view";

    /// <summary>Change something: retry, skip, pause, replay, accept, start and stop.</summary>
    public const string Operate = "operate";

    /// <summary>See what messages say, and quarantined bytes.</summary>
    public const string Payload = "payload";

    public static IReadOnlyList<string> All { get; } = [View, Operate, Payload];

    extension(AuthorizationBuilder authorization)
    {
        /// <summary>One policy per role, of the same name; who may not even view is let in nowhere.</summary>
        public AuthorizationBuilder AddRoles()
        {
            foreach (var role in All)
                authorization.AddPolicy(role, policy => policy.RequireAuthenticatedUser().RequireRole(role));
            return authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireRole(View).Build());
        }
    }
}
