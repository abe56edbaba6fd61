using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Inbox;

namespace EventDriven.Messaging;

/// <summary>Spans and metrics by OpenTelemetry's messaging conventions. Ids stand on spans only, never on metrics.</summary>
internal static class MessagingTelemetry
{
    public const string Name = "EventDriven.Messaging";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> Sent = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Messages the broker has acknowledged.");
    public static readonly Counter<long> Consumed = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages a subscription has taken in.");
    public static readonly Counter<long> Gaps = Meter.CreateCounter<long>("eventdriven.subscription.gaps", "{gap}", "Messages that came while an earlier one of their stream was missing.");
    public static readonly Counter<long> Quarantined = Meter.CreateCounter<long>("eventdriven.subscription.quarantined", "{message}", "Messages that could not be attributed to a stream and are kept raw.");
    public static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram<double>("messaging.process.duration", "s", "How long handling took.");
    public static readonly Histogram<double> OperationDuration = Meter.CreateHistogram<double>("messaging.client.operation.duration", "s", "How long sending took, until acknowledged.");

    private static readonly ConcurrentDictionary<SubscriptionWorker, byte> Workers = new();

    static MessagingTelemetry()
    {
        Gauge("eventdriven.subscription.lag", "{message}", "Messages on the topics that are not handled yet, of this process's partitions.", w => w.Partitions.Sum(p => Math.Max(0, p.End - (p.Claim.Next ?? 0))));
        Gauge("eventdriven.subscription.oldest.age", "s", "Age of the oldest message that is not handled.", w => w.OldestSeconds ?? 0);
        Gauge("eventdriven.subscription.waiting", "{message}", "Messages that wait for one that is missing, or for a restored source to be accepted.", w => w.SetAside.Waiting);
        Gauge("eventdriven.subscription.parked", "{message}", "Messages that are tried again or parked behind one that is.", w => w.SetAside.Failing + w.SetAside.Parked);
        Gauge("eventdriven.subscription.dead", "{message}", "Messages without attempts left.", w => w.SetAside.Dead);
    }

    public static Activity? StartSend(string topic, Guid messageId, Guid correlationId, string type, string? traceParent)
    {
        if (!Source.HasListeners())
            return null;
        var parent = ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var appended) ? appended : default;
        var activity = Source.StartActivity($"send {topic}", ActivityKind.Producer, parent);
        return activity is null ? null : Describe(activity, "send", topic, messageId, correlationId, type);
    }

    /// <summary>A trace of its own, linked to the producer's: a message handled an hour later is not part of the request that caused it.</summary>
    public static Activity? StartProcess(string subscription, ParkedMessage message)
    {
        var envelope = message.Message;
        ActivityLink[] links = ActivityContext.TryParse(envelope.Cause.TraceParent, traceState: null, isRemote: true, out var producer) ? [new(producer)] : [];
        Activity.Current = null;
        var activity = Source.StartActivity($"process {message.Topic}", ActivityKind.Consumer, parentContext: default, links: links);
        return activity is null ? null : Describe(activity, "process", message.Topic, envelope.MessageId, envelope.Cause.CorrelationId, envelope.Type)
            .SetTag("messaging.consumer.group.name", subscription)
            .SetTag("messaging.destination.partition.id", message.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .SetTag("messaging.kafka.offset", message.Offset);
    }

    /// <summary>Counts what a subscription has taken in with one transaction.</summary>
    public static void Took(string subscription, string topic, int messages, int handled, TimeSpan took)
    {
        var tags = Tags("process", topic, subscription);
        Consumed.Add(messages, tags);
        for (var i = 0; i < handled; i++)
            ProcessDuration.Record(took.TotalSeconds, tags);
    }

    /// <summary>Shows how a subscription stands for as long as the result is kept.</summary>
    public static IDisposable Observe(SubscriptionWorker worker)
    {
        Workers.TryAdd(worker, 0);
        return new Observed(worker);
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

    private static void Gauge(string name, string unit, string description, Func<SubscriptionWorker, double> value) =>
        Meter.CreateObservableGauge(name, () => Workers.Keys.Select(w => new Measurement<double>(value(w), [new("messaging.consumer.group.name", w.Subscription.Name)])), unit, description);

    private sealed class Observed(SubscriptionWorker worker) : IDisposable
    {
        public void Dispose() => Workers.TryRemove(worker, out _);
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
