using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventDriven.CheckoutBenchmark;

/// <summary>
/// Orders come at a fixed rate, whatever becomes of those before, and each one's time counts from when it was due: a system that falls behind
/// cannot hide it by being asked less.
/// </summary>
internal static class OpenLoop
{
    /// <summary>Until the task is done; without one, for the time of the plan.</summary>
    public static async Task<Run> Run(string side, Company company, Plan plan, Task? until = null)
    {
        await Console.Error.WriteLineAsync(until is null ? $"{side}: {plan.Seconds} s" : side);
        var (took, failed) = (new ConcurrentBag<double>(), new ConcurrentBag<string>());
        var orders = new List<Task>();
        var began = Stopwatch.GetTimestamp();
        for (var n = 0; until is null ? n < plan.Rate * plan.Seconds : !until.IsCompleted; n++)
        {
            var due = TimeSpan.FromSeconds((double)n / plan.Rate);
            var wait = due - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            orders.Add(Order(due));
        }
        await Task.WhenAll(orders);
        return new(side, took, failed, Stopwatch.GetElapsedTime(began));

        async Task Order(TimeSpan due)
        {
            await Task.Yield();
            if (await company.Order() is { } failure)
                failed.Add(failure);
            took.Add((Stopwatch.GetElapsedTime(began) - due).TotalMilliseconds);
        }
    }
}
