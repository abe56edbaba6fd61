using EventDriven.Log.Database;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace EventDriven.Log.Requests;

/// <summary>A database that is away, and a race that stays lost, are nobody's mistake: 503, and when to come again.</summary>
internal sealed class UnavailableExceptionHandler(IProblemDetailsService problems) : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (!PostgresSession.IsOutage(exception) && !PostgresSession.IsRace(exception) && exception is not WrongExpectedVersionException)
            return false;
        httpContext.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        await problems.WriteAsync(new()
        {
            HttpContext = httpContext,
            ProblemDetails = new()
            {
                Type = "/problems/unavailable",
                Title = "Not available now",
                Status = StatusCodes.Status503ServiceUnavailable,
                Detail = "The database is away or busy. Try again shortly; with an Idempotency-Key the repeat is safe.",
            },
        });
        return true;
    }
}
