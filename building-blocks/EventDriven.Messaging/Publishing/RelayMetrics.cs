using System.Diagnostics.Metrics;

namespace EventDriven.Messaging.Publishing;

/// <summary>What the relay and the outbox say of themselves.</summary>
internal static class RelayMetrics
{
    private static readonly Meter Meter = new(MessagingTelemetry.Name);

    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("eventdriven.relay.batch.size", "{event}", "How many events one step of the relay's checkpoint covered.");
}
