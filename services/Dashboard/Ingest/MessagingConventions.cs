using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Ingest.Otlp;

namespace EventDriven.Dashboard.Ingest;

/// <summary>OpenTelemetry's messaging conventions, today's and the older names that libraries still send.</summary>
internal static class MessagingConventions
{
    private const int Producer = 4;
    private const int Consumer = 5;

    public static Reporter ReporterOf(Resource? resource)
    {
        var attributes = new Attributes(resource?.Attributes ?? []);
        return new(attributes["service.name"] ?? "unknown", attributes["service.instance.id", "host.name"] ?? "");
    }

    public static Subject? SubjectOf(string service, Attributes attributes, Operation? operation) =>
        operation is { } known && attributes["messaging.destination.name", "messaging.destination"] is { } topic
            ? new Subject(service, known, topic, known is Operation.Send ? "" : SubscriptionOf(attributes) ?? service)
            : null;

    /// <summary>What the span says it does, else what its kind says.</summary>
    public static Operation? OperationOf(Attributes attributes, int kind) =>
        OperationOf(attributes) ?? (attributes["messaging.system"] is null ? null : kind switch
        {
            Producer => Operation.Send,
            Consumer => Operation.Process,
            _ => null,
        });

    public static (Operation Operation, Evidence Evidence)? InstrumentOf(string name) => name switch
    {
        "messaging.client.sent.messages" or "messaging.client.published.messages" or "messaging.publish.messages"
            => (Operation.Send, Evidence.Counter),
        "messaging.client.consumed.messages" or "messaging.receive.messages" or "messaging.process.messages"
            => (Operation.Process, Evidence.Counter),
        "messaging.process.duration" or "messaging.deliver.duration" => (Operation.Process, Evidence.Histogram),
        _ => null,
    };

    private static Operation? OperationOf(Attributes attributes) => attributes["messaging.operation.type", "messaging.operation"] switch
    {
        "send" or "publish" => Operation.Send,
        "receive" => Operation.Receive,
        "process" or "deliver" => Operation.Process,
        _ => null,
    };

    private static string? SubscriptionOf(Attributes attributes) => attributes[
        "messaging.consumer.group.name", "messaging.kafka.consumer.group", "messaging.destination.subscription.name",
        "messaging.eventhubs.consumer.group", "messaging.servicebus.destination.subscription_name"];
}
