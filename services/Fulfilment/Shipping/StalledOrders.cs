using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventDriven.Fulfilment.Shipping;

/// <summary>How many orders wait for a half that has not come for too long, as of the clerk's last look: red until it comes.</summary>
internal sealed class StalledOrders : IHealthCheck, IDisposable
{
    private readonly Meter _meter = new("EventDriven.Fulfilment");

    public StalledOrders() => _meter.CreateObservableGauge("eventdriven.fulfilment.stalled", () => Count, "{order}", "Orders of which one half has not come for too long.");

    public long Count { get; set; }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Count == 0
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Degraded($"{Count} orders are stalled: of each, the order or its payment has not come for too long"));

    public void Dispose() => _meter.Dispose();
}
