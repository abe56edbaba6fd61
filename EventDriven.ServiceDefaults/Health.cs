using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventDriven.ServiceDefaults;

/// <summary>
/// <c>/health</c>: 503 only when the service cannot do its own work; degraded is 200, and the body says why.
/// <c>/alive</c>: the process only.
/// </summary>
internal static class Health
{
    private const string Live = "live";

    extension(IHealthChecksBuilder checks)
    {
        public void AddLiveness() => checks.AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
    }

    extension(IEndpointRouteBuilder app)
    {
        public void MapHealth()
        {
            app.MapProbe("/health", static _ => true);
            app.MapProbe("/alive", static check => check.Tags.Contains(Live));
        }

        private void MapProbe(string path, Func<HealthCheckRegistration, bool> predicate) =>
            app.MapHealthChecks(path, new HealthCheckOptions { Predicate = predicate, ResponseWriter = Write })
                .AllowAnonymous().DisableHttpMetrics();
    }

    private static Task Write(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            Status = report.Status.ToString(),
            Checks = report.Entries.Select(entry => new
            {
                Name = entry.Key,
                Status = entry.Value.Status.ToString(),
                entry.Value.Description,
            }),
        }, context.RequestAborted);
}
