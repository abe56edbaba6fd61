using System.Globalization;
using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Ingest.Otlp;
using Google.Protobuf;

namespace EventDriven.Dashboard.Ingest;

/// <summary>What is about messages in an export, in the flow model's terms.</summary>
internal static class OtlpReader
{
    public static IEnumerable<MessagingSpan> Read(ExportTraceServiceRequest export) =>
        from resource in export.ResourceSpans
        let service = MessagingConventions.ReporterOf(resource.Resource).Service
        from scope in resource.ScopeSpans
        from span in scope.Spans
        let read = Read(service, span)
        where read is not null
        select read;

    public static IEnumerable<MetricReport> Read(ExportMetricsServiceRequest export) =>
        from resource in export.ResourceMetrics
        let reporter = MessagingConventions.ReporterOf(resource.Resource)
        select new MetricReport(reporter,
        [
            .. from scope in resource.ScopeMetrics
               from metric in scope.Metrics
               from point in Read(reporter.Service, metric)
               select point,
        ]);

    private static MessagingSpan? Read(string service, Span span)
    {
        var attributes = new Attributes(span.Attributes);
        if (MessagingConventions.SubjectOf(service, attributes, MessagingConventions.OperationOf(attributes, span.Kind)) is not { } subject)
            return null;

        var started = Time(span.StartTimeUnixNano);
        var messages = int.TryParse(attributes["messaging.batch.message_count"], CultureInfo.InvariantCulture, out var count) ? count : 1;
        var message = attributes["messaging.message.id"] is { } id ? $"{subject.Topic} {id}" : null;
        return new MessagingSpan(subject, started, Time(span.EndTimeUnixNano) - started, messages,
            Failed: span.Status?.Code is 2 || attributes["error.type"] is not null)
        {
            Names = [.. Present(message), Name(span.SpanId)],
            Origins = [.. Present(message), .. span.Links.Select(link => Name(link.SpanId))],
        };
    }

    private static IEnumerable<MessagingPoint> Read(string service, Metric metric)
    {
        if (MessagingConventions.InstrumentOf(metric.Name) is not { } instrument)
            return [];

        // The older conventions measured durations in milliseconds.
        var unit = metric.Unit is "ms" ? 1e-3 : 1;
        return metric.DataCase switch
        {
            Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Select(point => Point(
                point.Attributes, metric.Sum.AggregationTemporality, point.StartTimeUnixNano, point.TimeUnixNano,
                point.ValueCase is NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble, null)).OfType<MessagingPoint>(),
            Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Select(point => Point(
                point.Attributes, metric.Histogram.AggregationTemporality, point.StartTimeUnixNano, point.TimeUnixNano, point.Count,
                point.ExplicitBounds.Count == 0 ? null : new Buckets(
                    [.. point.ExplicitBounds.Select(bound => bound * unit)], [.. point.BucketCounts.Select(c => (double)c)]))).OfType<MessagingPoint>(),
            Metric.DataOneofCase.ExponentialHistogram => metric.ExponentialHistogram.DataPoints.Select(point => Point(
                point.Attributes, metric.ExponentialHistogram.AggregationTemporality, point.StartTimeUnixNano, point.TimeUnixNano,
                point.Count, null)).OfType<MessagingPoint>(),
            _ => [],
        };

        MessagingPoint? Point(
            IReadOnlyList<KeyValue> values, AggregationTemporality temporality, ulong start, ulong time, double count, Buckets? durations)
        {
            var attributes = new Attributes(values);
            if (MessagingConventions.SubjectOf(service, attributes, instrument.Operation) is not { } subject)
                return null;
            return new MessagingPoint(subject, instrument.Evidence, attributes["error.type"] is not null, $"{metric.Name}\n{attributes.Fingerprint}")
            {
                IsDelta = temporality is AggregationTemporality.Delta,
                Start = Time(start == 0 ? time : start),
                Time = Time(time),
                Count = count,
                Durations = durations,
            };
        }
    }

    private static IEnumerable<string> Present(string? value) => value is null ? [] : [value];

    private static string Name(ByteString spanId) => Convert.ToBase64String(spanId.Span);

    private static DateTimeOffset Time(ulong unixNanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(unixNanoseconds / 100));
}
