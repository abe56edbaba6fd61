using System.Diagnostics.Metrics;

namespace EventDriven.Log.Auditing;

/// <summary>What the audit says of itself.</summary>
internal sealed class AuditGauges : IDisposable
{
    private readonly Meter _meter = new("EventDriven.Log");

    public AuditGauges(EventLog log)
    {
        KeyValuePair<string, object?> source = new("cloudevents.event_source", log.Source);
        _meter.CreateObservableGauge("eventdriven.log.findings", () => Observe(Findings), "{finding}", "Things in the log that are not as they were written and that no operator has accepted.");
        _meter.CreateObservableGauge("eventdriven.log.unverified.count", () => Observe(Unverified), "{event}", "Events with a position that were not verified yet.");

        IEnumerable<Measurement<long>> Observe(long? value) => value is { } last ? [new(last, source)] : [];
    }

    /// <summary>Null until it is known.</summary>
    public long? Findings { get; set; }

    /// <summary>Null where another process verifies.</summary>
    public long? Unverified { get; set; }

    public void Dispose() => _meter.Dispose();
}
