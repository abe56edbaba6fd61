using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace EventDriven.ServiceDefaults;

/// <summary>Writes problem details whatever the client accepts; ASP.NET's own writer leaves a browser with an empty page or a stack.</summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        problem.Type ??= TypeOf(problem.Status);
        problem.Detail ??= DetailOf(problem.Status);
        problem.Extensions["traceId"] = Activity.Current?.Id ?? http.TraceIdentifier;
        await http.Response.WriteAsJsonAsync(
            problem, problem.GetType(), options: null, "application/problem+json", http.RequestAborted);
    }

    // Those that ASP.NET has no type for.
    private static string TypeOf(int? status) => status switch
    {
        StatusCodes.Status402PaymentRequired => "https://tools.ietf.org/html/rfc9110#section-15.5.3",
        StatusCodes.Status413PayloadTooLarge => "https://tools.ietf.org/html/rfc9110#section-15.5.14",
        StatusCodes.Status429TooManyRequests => "https://tools.ietf.org/html/rfc6585#section-4",
        _ => "about:blank",
    };

    private static string? DetailOf(int? status) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => $"A body may have up to {Problems.LargestBody / 1024} KiB.",
        StatusCodes.Status415UnsupportedMediaType => "This call takes application/json.",
        _ => null,
    };
}
