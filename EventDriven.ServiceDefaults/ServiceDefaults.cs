using EventDriven.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Scalar.AspNetCore;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service has: telemetry, health checks, service discovery, resilience, problem details.</summary>
public static class ServiceDefaults
{
    extension<TBuilder>(TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        /// <summary>Adds what every service has. What a service configures itself goes before these defaults.</summary>
        public TBuilder AddServiceDefaults()
        {
            builder.RefuseWhatIsForDevelopment();
            builder.AddConfigurationDefaults();
            builder.AddTelemetry();
            builder.AddProblems();
            builder.AddCallers();
            builder.AddRequestLimits();
            builder.Services.AddHealthChecks().AddLiveness();
            builder.AddDraining();
            builder.Services.AddServiceDiscovery();
            builder.Services.ConfigureHttpClientDefaults(http => http.AddResilience().AddServiceDiscovery());
            builder.Services.AddOpenApi();
            return builder;
        }
    }

    extension(IHttpClientBuilder http)
    {
        /// <summary>
        /// For a caller that somebody waits for: the standard resilience handler with this much time for everything. A call that may be
        /// repeated is repeated for as long as there is time; most of it is one attempt's, because an answer that is slow once is slow again.
        /// </summary>
        public IHttpClientBuilder AnswersWithin(TimeSpan total) => http.ReplaceResilience(total);
    }

    extension(WebApplication app)
    {
        /// <summary>
        /// Maps <c>/health</c>, <c>/alive</c> and the OpenAPI document, and turns errors into problem details.
        /// Call it before other middleware, so that their errors are covered too.
        /// </summary>
        public WebApplication MapDefaultEndpoints()
        {
            app.UseAnswerHeaders();
            app.UseProblems();
            app.UseCallers();
            app.UseRequestLimits();
            app.MapHealth();
            app.MapOpenApi().AllowAnonymous();
            if (app.Environment.IsDevelopment())
                app.MapScalarApiReference().AllowAnonymous();
            return app;
        }
    }
}
