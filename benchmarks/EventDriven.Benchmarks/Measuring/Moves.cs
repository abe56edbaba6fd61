namespace EventDriven.Benchmarks.Measuring;

/// <summary>What every event of the event-sourced workloads holds, on both sides: about 190 bytes of JSON.</summary>
internal static class Moves
{
    public const decimal Amount = 12.5m;

    public const string Payload = "190 B";

    public static string Text { get; } = new('x', 110);

    /// <summary>How often a projection is built unmeasured before it is measured: so long both sides get faster.</summary>
    public const int WarmUps = 3;

    /// <summary>The streams of one writer, so that no append of the workload meets another's.</summary>
    public static int[] StreamsOf(int writer, int writers, int streams) => [.. Enumerable.Range(0, streams).Where(s => s % writers == writer)];
}
