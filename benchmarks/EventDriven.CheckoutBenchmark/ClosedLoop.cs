using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventDriven.CheckoutBenchmark;

/// <summary>Clients that order again as soon as they have their answer: how many orders per second the machine can do.</summary>
internal static class ClosedLoop
{
    public static async Task<Run> Run(string side, Company company, Plan plan)
    {
        await Console.Error.WriteLineAsync($"{side}: {plan.Seconds} s");
        var (took, failed) = (new ConcurrentBag<double>(), new ConcurrentBag<string>());
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, plan.Clients).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < plan.Seconds)
            {
                var asked = Stopwatch.GetTimestamp();
                if (await company.Order() is { } failure)
                    failed.Add(failure);
                took.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }
        })));
        var run = new Run(side, took, failed, Stopwatch.GetElapsedTime(began));
        await company.UntilAtRest();
        return run;
    }
}
