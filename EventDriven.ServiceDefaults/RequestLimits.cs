using System.ComponentModel.DataAnnotations;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

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
        public void AddRequestLimits() => builder.Services.AddOptions<RequestOptions>().BindConfiguration("Requests").ValidateDataAnnotations().ValidateOnStart();
    }

    extension(WebApplication app)
    {
        /// <summary>A limit of its own: a service may have ASP.NET's limiter besides, and each request counts once in both.</summary>
        public void UseRequestLimits()
        {
            var perSecond = app.Services.GetRequiredService<IOptions<RequestOptions>>().Value.PerSecond;
            if (perSecond == 0)
                return;
            var limiter = PartitionedRateLimiter.Create<HttpContext, string>(context => IsProbe(context.Request.Path)
                ? RateLimitPartition.GetNoLimiter("")
                : RateLimitPartition.GetTokenBucketLimiter(Client(context), _ => new() { TokenLimit = perSecond, TokensPerPeriod = perSecond, ReplenishmentPeriod = Second }));
            app.Lifetime.ApplicationStopped.Register(limiter.Dispose);
            app.Use(async (context, next) =>
            {
                using var lease = await limiter.AcquireAsync(context, cancellationToken: context.RequestAborted);
                if (lease.IsAcquired)
                    await next(context);
                else
                    await Refuse(context);
            });
        }
    }

    private static Task Refuse(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Problem("This client asks for too much at once.", statusCode: StatusCodes.Status429TooManyRequests, type: "/problems/rate").ExecuteAsync(context);
    }

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments("/alive", StringComparison.Ordinal);

    private static string Client(HttpContext context) => Callers.ActsFor(context)?.ToString() ?? context.User.FindFirst("sub")?.Value ?? context.Connection.RemoteIpAddress?.ToString() ?? "";
}
