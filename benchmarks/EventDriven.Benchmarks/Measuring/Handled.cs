using System.Diagnostics;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>Counts what handlers have seen, in a service that has handled some before: its connections are open and its code compiled.</summary>
/// <param name="expected">How many are measured.</param>
/// <param name="before">How many come before them.</param>
internal sealed class Handled(int expected, int before)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private long _first;

    public void Count()
    {
        var count = Interlocked.Increment(ref _count);
        if (count == before + 1)
            Volatile.Write(ref _first, Stopwatch.GetTimestamp());
        if (count == before + expected)
            _all.TrySetResult();
    }

    /// <summary>
    /// Messages a second: from the first line of the first one's handler until the database shows every effect. One insert each,
    /// none twice.
    /// </summary>
    /// <param name="database">Where the effects are.</param>
    /// <param name="effects">What counts all of them.</param>
    /// <param name="recent">What counts those measured, without reading the others again.</param>
    /// <param name="atMost">How long it may take.</param>
    public async Task<double> Rate(string database, string effects, string recent, TimeSpan atMost)
    {
        try
        {
            await _all.Task.WaitAsync(atMost);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"only {_count} of {before + expected} messages came to the handler in {atMost.TotalSeconds} s", late);
        }
        await Servers.Until(database, recent, expected, atMost);
        var rate = expected / Stopwatch.GetElapsedTime(Volatile.Read(ref _first)).TotalSeconds;
        await Servers.Until(database, effects, before + expected, atMost);
        return rate;
    }
}
