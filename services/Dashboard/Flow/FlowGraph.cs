namespace EventDriven.Dashboard.Flow;

/// <summary>The flow at one moment, as telemetry tells it.</summary>
public sealed record FlowGraph(IReadOnlyList<Publication> Publications, IReadOnlyList<Delivery> Deliveries)
{
    public static FlowGraph Empty { get; } = new([], []);
}

public sealed record Publication(string Service, string Topic, Traffic Traffic);

public sealed record Delivery(string Topic, string Subscription, string Service, Traffic Traffic);

/// <summary>What goes along one edge: rates per second over the last moments, counts since the dashboard has listened.</summary>
public sealed record Traffic
{
    public static Traffic None { get; } = new();

    public double Rate { get; init; }

    public long Count { get; init; }

    public long Failures { get; init; }

    public double FailureRate { get; init; }

    public Latency? Processing { get; init; }

    /// <summary>From the sending of a message to the end of its processing.</summary>
    public Latency? WayThrough { get; init; }
}

public sealed record Latency(TimeSpan Median, TimeSpan Percentile95)
{
    internal static Latency? Of(LatencyWindow window, DateTimeOffset now) =>
        window.Percentile(0.5, now) is { } median && window.Percentile(0.95, now) is { } high ? new(median, high) : null;
}
