using System.Security.Claims;
using System.Threading.RateLimiting;

namespace EventDriven.Dashboard.Access;

/// <summary>How often somebody may try: a guessed link, or one address after the other.</summary>
internal static class Limits
{
    public const string SignIns = "sign-ins";
    public const string Lookups = "lookups";
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    extension(IServiceCollection services)
    {
        public void AddLimits() => services.AddRateLimiter(limiter =>
        {
            limiter.OnRejected = static (rejected, _) => new(TypedResults.Problem(
                "Too many tries: wait a minute.", statusCode: StatusCodes.Status429TooManyRequests, type: "/problems/rate").ExecuteAsync(rejected.HttpContext));
            limiter.AddPolicy(SignIns, context => Fixed(context.Connection.RemoteIpAddress?.ToString() ?? "", 30));
            limiter.AddPolicy(Lookups, context => Fixed(context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "", 60));
        });
    }

    private static RateLimitPartition<string> Fixed(string who, int most) => RateLimitPartition.GetFixedWindowLimiter(who, _ => new() { PermitLimit = most, Window = Window });
}
