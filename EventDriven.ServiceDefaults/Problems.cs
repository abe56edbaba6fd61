using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.ServiceDefaults;

/// <summary>Every error is RFC 9457 problem details with a stable type, and never a stack.</summary>
internal static class Problems
{
    public const int LargestBody = 64 * 1024;

    extension(IHostApplicationBuilder builder)
    {
        public void AddProblems()
        {
            builder.Services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
            builder.Services.AddProblemDetails();
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
                ExceptionHandler = context => TypedResults.Problem().ExecuteAsync(context),
            });
            app.UseStatusCodePages(pages =>
                TypedResults.Problem(statusCode: pages.HttpContext.Response.StatusCode).ExecuteAsync(pages.HttpContext));
        }
    }
}
