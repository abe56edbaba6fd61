namespace EventDriven.Dashboard.Flow;

/// <summary>Who reports: one process of a service.</summary>
internal readonly record struct Reporter(string Service, string Instance);

internal enum Operation { Send, Receive, Process }

/// <summary>What a span or a data point is about: one service sending to a topic, or one subscription reading it.</summary>
internal readonly record struct Subject(string Service, Operation Operation, string Topic, string Subscription);

/// <summary>One span of OpenTelemetry's messaging conventions.</summary>
internal sealed record MessagingSpan(Subject Subject, DateTimeOffset Started, TimeSpan Duration, int Messages, bool Failed)
{
    /// <summary>What other spans call this one: its own id and, where known, its message's.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The sending spans that this one may belong to, best first.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
}

/// <summary>What a process has exported of its metrics at one moment; often without any point about messages.</summary>
internal sealed record MetricReport(Reporter By, IReadOnlyList<MessagingPoint> Points);

/// <summary>One data point of a messaging counter or histogram; its series is the instrument with all attributes.</summary>
internal sealed record MessagingPoint(Subject Subject, Evidence Evidence, bool Failed, string Series)
{
    public required bool IsDelta { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required double Count { get; init; }

    public Buckets? Durations { get; init; }
}

/// <summary>Counts between bounds in seconds; there is one count more than there are bounds.</summary>
internal sealed record Buckets(IReadOnlyList<double> Bounds, IReadOnlyList<double> Counts)
{
    public Buckets Minus(Buckets? earlier) => earlier is null || earlier.Counts.Count != Counts.Count
        ? this
        : this with { Counts = [.. Counts.Zip(earlier.Counts, static (now, then) => Math.Max(0, now - then))] };
}

/// <summary>What a count rests on. A better one replaces the others, so that nothing is counted twice.</summary>
internal enum Evidence { None, ReceiveSpan, Span, Counter, Histogram }
