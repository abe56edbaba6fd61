using System.Globalization;
using System.Text;
using EventDriven.CheckoutBenchmark.Tracing.Otlp;

namespace EventDriven.CheckoutBenchmark.Tracing;

/// <summary>
/// Where the time of a request goes: of each kind of span the time in which no span below it was open, inside the request and on average
/// per request. The rows add up to the request's own time, where its spans do not overlap.
/// </summary>
internal static class Breakdown
{
    private const int Server = 2;
    private const double NanosecondsPerMs = 1_000_000;

    public static string Of(IReadOnlyCollection<(string Service, Span Span)> spans, string service, string request)
    {
        var below = spans.Where(s => !s.Span.ParentSpanId.IsEmpty).ToLookup(s => (s.Span.TraceId, s.Span.ParentSpanId));
        var roots = spans.Where(s => s.Service == service && s.Span.Kind == Server && s.Span.Name == request).ToArray();
        var sums = new Dictionary<string, (double Ms, int Count)>();
        foreach (var root in roots)
            Walk(root, root.Span.StartTimeUnixNano, root.Span.EndTimeUnixNano);

        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Of {roots.Length:N0} times `{request}`, {roots.Average(static r => (r.Span.EndTimeUnixNano - r.Span.StartTimeUnixNano) / NanosecondsPerMs):0.00} ms each on average:");
        text.AppendLine().AppendLine("| Span | ms per request, without what is below it | how often |").AppendLine("|---|---|---|");
        foreach (var (name, (ms, count)) in sums.OrderByDescending(static s => s.Value.Ms))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {ms / roots.Length:0.00} | {(double)count / roots.Length:0.0} |");
        return text.ToString();

        void Walk((string Service, Span Span) at, ulong from, ulong to)
        {
            var children = below[(at.Span.TraceId, at.Span.SpanId)].Where(c => c.Span.StartTimeUnixNano < to).OrderBy(static c => c.Span.StartTimeUnixNano).ToArray();
            var (covered, until) = (0UL, from);
            foreach (var child in children)
            {
                var (start, end) = (Math.Max(child.Span.StartTimeUnixNano, until), Math.Min(child.Span.EndTimeUnixNano, to));
                if (end > start)
                    (covered, until) = (covered + (end - start), end);
                Walk(child, child.Span.StartTimeUnixNano, Math.Min(child.Span.EndTimeUnixNano, to));
            }
            var (ms, count) = sums.GetValueOrDefault(Name(at));
            sums[Name(at)] = (ms + ((to - from - covered) / NanosecondsPerMs), count + 1);
        }
    }

    private static string Name((string Service, Span Span) at) => $"{at.Service}: {at.Span.Kind switch { Server => "answers ", 3 => "asks ", _ => "" }}{at.Span.Name}";
}
