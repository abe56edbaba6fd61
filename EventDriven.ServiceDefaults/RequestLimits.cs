using System.ComponentModel.DataAnnotations;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.ServiceDefaults;

/// <summary>How much one client may ask for. Section <c>Requests</c>.</summary>
internal sealed class RequestOptions
{
    /// <value>Requests per second of one client, with bursts of as many. Default 0: no limit.</value>
    [Range(0, 1_000_000)]
    public int PerSecond { get; set; }
}

/// <summary>One client that asks too much gets 429 and costs the others nothing. A client is an account, or where there are none an address; probes are not counted.</summary>
internal static class RequestLimits
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    extension(IHostApplicationBuilder builder)
    {
        public void AddRequestLimits()
        {
            builder.Services.AddOptions<RequestOptions>().BindConfiguration("Requests").ValidateDataAnnotations().ValidateOnStart();
            if (PerSecond(builder.Configuration) is var perSecond and > 0)
            {
                builder.Services.AddRateLimiter(limiter =>
                {
                    limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => IsProbe(context.Request.Path)
                        ? RateLimitPartition.GetNoLimiter("")
                        : RateLimitPartition.GetTokenBucketLimiter(Client(context), _ => new() { TokenLimit = perSecond, TokensPerPeriod = perSecond, ReplenishmentPeriod = Second }));
                    limiter.OnRejected = static (rejected, _) =>
                    {
                        rejected.HttpContext.Response.Headers.RetryAfter = "1";
                        return new(TypedResults.Problem("This client asks for too much at once.", statusCode: StatusCodes.Status429TooManyRequests, type: "/problems/rate").ExecuteAsync(rejected.HttpContext));
                    };
                });
            }
        }
    }

    extension(WebApplication app)
    {
        public void UseRequestLimits()
        {
            if (PerSecond(app.Configuration) > 0)
                app.UseRateLimiter();
        }
    }

    private static int PerSecond(IConfiguration settings) => settings.GetSection("Requests").Get<RequestOptions>()?.PerSecond ?? 0;

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments("/alive", StringComparison.Ordinal);

    private static string Client(HttpContext context) => Callers.ActsFor(context)?.ToString() ?? context.User.FindFirst("sub")?.Value ?? context.Connection.RemoteIpAddress?.ToString() ?? "";
}
