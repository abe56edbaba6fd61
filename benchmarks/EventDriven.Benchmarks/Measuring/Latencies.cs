using System.Diagnostics;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>From a stamp taken before COMMIT is sent to the arrival of the same message, in milliseconds.</summary>
internal sealed class Latencies(int messages)
{
    private readonly long[] _stamped = new long[messages];
    private readonly long[] _arrived = new long[messages];
    private int _arrivals;

    public int Arrivals => Volatile.Read(ref _arrivals);

    public void Stamp(int number) => Volatile.Write(ref _stamped[number], Stopwatch.GetTimestamp());

    public void Arrived(int number) => Arrived(number, Stopwatch.GetTimestamp());

    /// <summary>The first arrival counts.</summary>
    public void Arrived(int number, long at)
    {
        if (number < _arrived.Length && Interlocked.CompareExchange(ref _arrived[number], at, 0) == 0)
            Interlocked.Increment(ref _arrivals);
    }

    public async Task UntilAllArrived(TimeSpan atMost)
    {
        using var timeout = new CancellationTokenSource(atMost);
        while (Arrivals < messages && !timeout.IsCancellationRequested)
            await Task.Delay(10, CancellationToken.None);
        if (Arrivals < messages)
            throw new TimeoutException($"only {Arrivals} of {messages} messages arrived");
    }

    /// <summary>Of the messages in this range, which have all arrived.</summary>
    public Percentiles Of(int first, int count) => Percentiles.Of(Enumerable.Range(first, count)
        .Select(n => Stopwatch.GetElapsedTime(_stamped[n], _arrived[n]).TotalMilliseconds));
}

/// <summary>The middle, the slow end and the slowest.</summary>
internal sealed record Percentiles(double P50, double P99, double Max)
{
    public static Percentiles Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? new(0, 0, 0) : new(At(0.50), At(0.99), sorted[^1]);

        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }
}
