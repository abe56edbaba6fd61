using System.Diagnostics;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>Counts what handlers have seen, from the first one's first line.</summary>
internal sealed class Handled(int expected)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private long _first;

    public void Count()
    {
        var count = Interlocked.Increment(ref _count);
        if (count == 1)
            Volatile.Write(ref _first, Stopwatch.GetTimestamp());
        if (count == expected)
            _all.TrySetResult();
    }

    /// <summary>
    /// Messages a second: from the first handler's first line until the database shows every effect. One insert each,
    /// none twice.
    /// </summary>
    public async Task<double> Rate(string database, string countEffects, TimeSpan atMost)
    {
        try
        {
            await _all.Task.WaitAsync(atMost);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"only {_count} of {expected} messages came to the handler in {atMost.TotalSeconds} s", late);
        }
        await Servers.Until(database, countEffects, expected, atMost);
        return expected / Stopwatch.GetElapsedTime(Volatile.Read(ref _first)).TotalSeconds;
    }
}
