using System.Diagnostics;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>How work is offered: as fast as some workers can, or at a steady rate.</summary>
internal static class Load
{
    /// <summary>Numbers from <paramref name="first"/> on, shared by the workers.</summary>
    public static Task Parallel(int first, int count, int workers, Func<int, Task> work)
    {
        var next = first - 1;
        return Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < first + count;)
                await work(number);
        })));
    }

    /// <summary>One piece of work every so often, whether or not the ones before are done.</summary>
    public static async Task Steady(int first, int count, int perSecond, Func<int, Task> work, CancellationToken ct = default)
    {
        var started = Stopwatch.GetTimestamp();
        List<Task> running = [];
        for (var i = 0; i < count && !ct.IsCancellationRequested; i++)
        {
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < (double)i / perSecond)
                await Task.Delay(1, CancellationToken.None);
            var number = first + i;
            running.Add(Task.Run(() => work(number), CancellationToken.None));
        }
        await Task.WhenAll(running);
    }
}
