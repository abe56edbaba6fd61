using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace EventDriven.ServiceDefaults;

/// <summary>Every error is RFC 9457 problem details with a stable type, and never a stack.</summary>
internal static class Problems
{
    private const int LargestBody = 64 * 1024;

    extension(IHostApplicationBuilder builder)
    {
        public void AddProblems()
        {
            builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = Complete);
            builder.Services.AddExceptionHandler<UnreadableRequestHandler>();
            builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
            builder.Services.Configure<KestrelServerOptions>(options =>
            {
                options.Limits.MaxRequestBodySize = LargestBody;
                options.AddServerHeader = false;
            });
        }
    }

    extension(IApplicationBuilder app)
    {
        public void UseProblems()
        {
            app.UseExceptionHandler(new ExceptionHandlerOptions
            {
                // A TypedResult answers in JSON whatever the client accepts; the default would pass the exception on to a page with its stack.
                ExceptionHandler = context => TypedResults.Problem().ExecuteAsync(context),
                SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException,
            });
            app.UseStatusCodePages(pages =>
                TypedResults.Problem(statusCode: pages.HttpContext.Response.StatusCode).ExecuteAsync(pages.HttpContext));
        }
    }

    private static void Complete(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        problem.Type ??= problem.Status switch
        {
            StatusCodes.Status402PaymentRequired => "https://tools.ietf.org/html/rfc9110#section-15.5.3",
            StatusCodes.Status413PayloadTooLarge => "https://tools.ietf.org/html/rfc9110#section-15.5.14",
            StatusCodes.Status429TooManyRequests => "https://tools.ietf.org/html/rfc6585#section-4",
            _ => "about:blank",
        };
        problem.Detail ??= problem.Status switch
        {
            StatusCodes.Status413PayloadTooLarge => $"A body may have up to {LargestBody / 1024} KiB.",
            StatusCodes.Status415UnsupportedMediaType => "This call takes application/json.",
            _ => null,
        };
    }
}
