using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventDriven.Messaging;

/// <summary>Spans and metrics by OpenTelemetry's messaging conventions. Ids stand on spans only, never on metrics.</summary>
internal static class MessagingTelemetry
{
    public const string Name = "EventDriven.Messaging";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> Sent = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Messages the broker has acknowledged.");
    public static readonly Counter<long> Consumed = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages a subscription has taken in.");
    public static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram<double>("messaging.process.duration", "s", "How long handling took.");
    public static readonly Histogram<double> OperationDuration = Meter.CreateHistogram<double>("messaging.client.operation.duration", "s", "How long sending took, until acknowledged.");

    public static Activity? StartSend(string topic, Guid messageId, Guid correlationId, string type, string? traceParent)
    {
        if (!Source.HasListeners())
            return null;
        var parent = ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var appended) ? appended : default;
        var activity = Source.StartActivity($"send {topic}", ActivityKind.Producer, parent);
        return activity is null ? null : Describe(activity, "send", topic, messageId, correlationId, type);
    }

    /// <summary>A trace of its own, linked to the producer's: a message handled an hour later is not part of the request that caused it.</summary>
    public static Activity? StartProcess(string subscription, string topic, int partition, long offset, Guid messageId, Guid correlationId, string type, string? traceParent)
    {
        ActivityLink[] links = ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var producer) ? [new(producer)] : [];
        Activity.Current = null;
        var activity = Source.StartActivity($"process {topic}", ActivityKind.Consumer, parentContext: default, links: links);
        return activity is null ? null : Describe(activity, "process", topic, messageId, correlationId, type)
            .SetTag("messaging.consumer.group.name", subscription)
            .SetTag("messaging.destination.partition.id", partition.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .SetTag("messaging.kafka.offset", offset);
    }

    public static TagList Tags(string operation, string topic, string? subscription = null, string? error = null)
    {
        TagList tags = new()
        {
            { "messaging.system", "kafka" },
            { "messaging.operation.name", operation },
            { "messaging.operation.type", operation },
            { "messaging.destination.name", topic },
        };
        if (subscription is not null)
            tags.Add("messaging.consumer.group.name", subscription);
        if (error is not null)
            tags.Add("error.type", error);
        return tags;
    }

    private static Activity Describe(Activity activity, string operation, string topic, Guid messageId, Guid correlationId, string type) => activity
        .SetTag("messaging.system", "kafka")
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", operation)
        .SetTag("messaging.destination.name", topic)
        .SetTag("messaging.message.id", messageId.ToString())
        .SetTag("messaging.message.conversation_id", correlationId.ToString())
        .SetTag("cloudevents.event_type", type);
}
