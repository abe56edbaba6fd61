using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

internal static class HealthCheckRegistrations
{
    // Two clients of one name share one check: the health check service refuses a second registration of a name.
    public static void AddHealthCheckOnce(this IHostApplicationBuilder builder, string name, Func<IServiceProvider, IHealthCheck> factory)
    {
        if (builder.Properties.TryAdd($"HealthCheck.{name}", true))
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(name, factory, failureStatus: default, tags: default));
    }
}
