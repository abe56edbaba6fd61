using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace EventDriven.ServiceDefaults;

/// <summary>Settings with OpenTelemetry's and ASP.NET's own names, where nobody else has set them.</summary>
internal static class ConfigurationDefaults
{
    extension(IHostApplicationBuilder builder)
    {
        public void AddConfigurationDefaults()
        {
            builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Of(builder.Environment) });

            // Not a default but a rule: a query may hold personal data, so nobody switches its redaction off.
            builder.Configuration["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "false";
            builder.Configuration["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "false";
        }
    }

    private static Dictionary<string, string?> Of(IHostEnvironment environment)
    {
        var defaults = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["OTEL_SERVICE_NAME"] = environment.ApplicationName.ToLowerInvariant(),
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Guid.CreateVersion7()}",
            // A request's log line holds its address with the query.
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
            ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
            // A call that is repeated is no news; its last failure is told by whoever made it.
            ["Logging:LogLevel:Polly"] = "Error",
            // It says the same each second for as long as it lasts; whoever asks is told, and what led to it has its own line.
            ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Error",
            // Each statement is in its trace; as lines they would be most of the log.
            ["Logging:LogLevel:Npgsql"] = "Warning",
        };

        // On a development machine the dashboard is watched live, and services are stopped by who started them.
        if (environment.IsDevelopment())
        {
            defaults["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            defaults["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            defaults["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            defaults["Draining:NoticedWithin"] = "00:00:00"; // nobody balances a load here, and who stops it waits for it
        }

        return defaults;
    }
}
