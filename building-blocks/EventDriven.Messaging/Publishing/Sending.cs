using System.Diagnostics;
using Confluent.Kafka;
using EventDriven.Log;

namespace EventDriven.Messaging.Publishing;

/// <summary>One event on its way to the broker; a private one has arrived already.</summary>
internal sealed class Sending(RecordedEvent recorded, InFlight inFlight, TimeProvider clock)
{
    private readonly long _started = clock.GetTimestamp();
    private readonly Activity? _activity = recorded.Topic is null ? null : MessagingTelemetry.StartSend(
        recorded.Topic, recorded.MessageId, recorded.Cause.CorrelationId, recorded.Type, recorded.Cause.TraceParent);

    public RecordedEvent Event { get; } = recorded;

    public string? TraceParent => _activity?.Id ?? Event.Cause.TraceParent;

    /// <summary>Whether the checkpoint may move past it.</summary>
    public bool IsDone { get; private set; } = recorded.Topic is null;

    public int Partition { get; private set; }

    public long Offset { get; private set; }

    public void Report(DeliveryReport<string, byte[]> report)
    {
        (Partition, Offset) = (report.Partition.Value, report.Offset.Value);
        Report(report.Error);
    }

    public void Report(Error error)
    {
        var tags = MessagingTelemetry.Tags("send", Event.Topic!, error: error.IsError ? error.Code.ToString() : null);
        MessagingTelemetry.Sent.Add(1, tags);
        MessagingTelemetry.OperationDuration.Record(clock.GetElapsedTime(_started).TotalSeconds, tags);
        if (error.IsError)
            _activity?.SetStatus(ActivityStatusCode.Error, error.Code.ToString());
        _activity?.Dispose();
        IsDone = !error.IsError;
        inFlight.Report(this, error);
    }
}
