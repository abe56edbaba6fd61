using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace EventDriven.ServiceDefaults;

/// <summary>Traces, metrics and logs of the service, to every <see cref="OtlpTarget"/> that is configured.</summary>
internal static class Telemetry
{
    private static readonly string[] Own = ["EventDriven.*", "Npgsql"];
    private static readonly string[] Watched = ["/health", "/alive", "/control"];

    // Handlers take microseconds to seconds; OpenTelemetry's default bounds are made for milliseconds.
    private static readonly ExplicitBucketHistogramConfiguration Seconds = new()
    {
        Boundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    // What is asked every two seconds to see whether all is well would bury the rest.
    private static bool IsWatching(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && Watched.Any(path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));

    extension(IHostApplicationBuilder builder)
    {
        public void AddTelemetry()
        {
            // Options of one name are shared, so each signal's exporter has its own.
            var targets = OtlpTarget.From(builder.Configuration);

            builder.Services.AddOpenTelemetry()
                .WithTracing(tracing =>
                {
                    tracing.AddSource(Own)
                        .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsWatching(context.Request))
                        .AddHttpClientInstrumentation();
                    foreach (var target in targets)
                        tracing.AddOtlpExporter($"{target.Name}-traces", options => target.Apply(options, "v1/traces"));
                })
                .WithMetrics(metrics =>
                {
                    metrics.AddMeter(Own)
                        .AddAspNetCoreInstrumentation()
                        .AddHttpClientInstrumentation()
                        .AddRuntimeInstrumentation()
                        .AddView("messaging.*.duration", Seconds);
                    foreach (var target in targets)
                        metrics.AddOtlpExporter($"{target.Name}-metrics", options => target.Apply(options, "v1/metrics"));
                })
                .WithLogging(
                    logging =>
                    {
                        foreach (var target in targets)
                            logging.AddOtlpExporter($"{target.Name}-logs", options => target.Apply(options, "v1/logs"));
                    },
                    options => (options.IncludeFormattedMessage, options.IncludeScopes) = (true, true));
        }
    }
}
