using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace EventDriven.EventSourcing.Projections.Freshness;

/// <summary>What a query with <c>includes</c> meets: badly named is 400, never written 404, not there in time 503.</summary>
internal sealed class FreshnessExceptionHandler : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        IResult? answer = exception switch
        {
            IncludesException { IsUnknown: true } => Problem(StatusCodes.Status404NotFound, "not-found", "Not found"),
            IncludesException => Problem(StatusCodes.Status400BadRequest, "bad-request", "Bad request"),
            ReadModelBehindException => Problem(StatusCodes.Status503ServiceUnavailable, "read-model-behind", "Not up to date yet"),
            _ => null,
        };
        if (answer is null)
            return false;
        if (exception is ReadModelBehindException)
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        await answer.ExecuteAsync(httpContext);
        return true;

        IResult Problem(int status, string type, string title) => TypedResults.Problem(exception.Message, statusCode: status, title: title, type: "/problems/" + type);
    }
}
