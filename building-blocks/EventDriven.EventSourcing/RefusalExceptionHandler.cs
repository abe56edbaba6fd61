using EventDriven.Log;
using EventDriven.Log.Requests;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace EventDriven.EventSourcing;

/// <summary>What a command or a query without a key meets: no such entity is 404, refused by its state 409.</summary>
internal sealed class RefusalExceptionHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        IResult? answer = exception switch
        {
            StreamNotFoundException missing => TypedResults.Problem(missing.Message, statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found"),
            DomainRuleException refusal => Outcome.Refused(refusal),
            _ => null,
        };
        if (answer is null)
            return false;
        await answer.ExecuteAsync(httpContext);
        return true;
    }
}
