using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventDriven.ServiceDefaults;

/// <summary>How a process goes. Section <c>Draining</c>.</summary>
internal sealed class DrainingOptions
{
    /// <value>
    /// How long everything goes on after the process was told to end, while <c>/health</c> says that it will: the time in which whoever sends
    /// requests here finds out. Default 5 s, in development none.
    /// </value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:15")]
    public TimeSpan NoticedWithin { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// A process that is told to end first only says so at <c>/health</c>. When whoever sends requests had the time to see it, it takes no more,
/// brings to its end what has begun, and is gone 25 s after it was told at the latest.
/// </summary>
internal sealed class Draining(IHostApplicationLifetime lifetime, IOptions<DrainingOptions> options, TimeProvider clock) : IHealthCheck, IHostedLifecycleService
{
    public static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(25);

    private volatile bool _hasBegun;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        _hasBegun || lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("This process is about to end.") : HealthCheckResult.Healthy());

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _hasBegun = true;
        return Task.Delay(options.Value.NoticedWithin, clock, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Has a process go without anybody noticing.</summary>
internal static class DrainingRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        public void AddDraining()
        {
            builder.Services.AddOptions<DrainingOptions>().BindConfiguration("Draining").ValidateDataAnnotations().ValidateOnStart();
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Draining.EndsWithin);
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.AddSingleton<Draining>();
            builder.Services.AddHostedService(services => services.GetRequiredService<Draining>());
            builder.Services.AddHealthChecks().AddCheck<Draining>("draining");
        }
    }
}
