using System.Security.Cryptography;
using EventDriven.Dashboard.Ingest.Otlp;
using Google.Protobuf;

namespace EventDriven.DashboardLoad;

/// <summary>What ten services export of messages over nine topics: half the spans send, half process what was sent.</summary>
internal static class Exports
{
    private const int Services = 10;
    private const int Topics = 9;

    public static ExportTraceServiceRequest Next(int spans, ref long number)
    {
        var export = new ExportTraceServiceRequest();
        var perService = Enumerable.Range(0, Services).Select(static service =>
            new ResourceSpans { Resource = new Resource { Attributes = { Attribute("service.name", $"service-{service}") } }, ScopeSpans = { new ScopeSpans() } }).ToArray();
        var now = (ulong)(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        for (var i = 0; i < spans; i += 2, number++)
        {
            var topic = $"topic-{number % Topics}.events";
            var message = number.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
            perService[number % Services].ScopeSpans[0].Spans.Add(Span(4, now, topic, message, "send", null));
            perService[(number + 1) % Services].ScopeSpans[0].Spans.Add(Span(5, now, topic, message, "process", $"subscription-{(number + 1) % Services}"));
        }

        export.ResourceSpans.AddRange(perService);
        return export;
    }

    private static Span Span(int kind, ulong now, string topic, string message, string operation, string? group)
    {
        var span = new Span { Kind = kind, SpanId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)), StartTimeUnixNano = now, EndTimeUnixNano = now + 2_000_000 };
        span.Attributes.Add(Attribute("messaging.system", "kafka"));
        span.Attributes.Add(Attribute("messaging.destination.name", topic));
        span.Attributes.Add(Attribute("messaging.operation.type", operation));
        span.Attributes.Add(Attribute("messaging.message.id", message));
        if (group is not null)
            span.Attributes.Add(Attribute("messaging.consumer.group.name", group));
        return span;
    }

    private static KeyValue Attribute(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };
}
