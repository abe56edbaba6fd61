using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventDriven.Log;

/// <summary>What is stuck in this service and why. A trouble is Degraded, never Unhealthy: the service still does its own work.</summary>
internal sealed class Troubles : IHealthCheck
{
    private readonly ConcurrentDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    public void Report(string part, string reason) => _reasons[part] = reason;

    public void Clear(string part) => _reasons.TryRemove(part, out _);

    public string? Of(string part) => _reasons.GetValueOrDefault(part);

    public IEnumerable<string> Under(string prefix) => _reasons.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => r.Value);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_reasons.IsEmpty
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(string.Join("; ", _reasons.Select(r => $"{r.Key}: {r.Value}"))));
}
