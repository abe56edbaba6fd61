using System.Diagnostics;

namespace EventDriven.Experiments.Laboratory;

/// <summary>Waits on facts.</summary>
internal static class Until
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until the answer satisfies, and returns it.</summary>
    /// <exception cref="TimeoutException">It never did.</exception>
    public static async Task<T> Get<T>(Func<Task<T>> ask, Predicate<T> satisfies, string what, TimeSpan within, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        T answer;
        while (!satisfies(answer = await ask()))
        {
            if (Stopwatch.GetElapsedTime(started) > within)
                throw new TimeoutException($"Not within {within}: {what}. Last: {answer}");
            await Task.Delay(Every, ct);
        }
        return answer;
    }

    /// <summary>Asks until the answer satisfies or time is up, and returns the last answer: a number that stays short is a result, too.</summary>
    public static async Task<T> Last<T>(Func<Task<T>> ask, Predicate<T> satisfies, TimeSpan within, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        T answer;
        while (!satisfies(answer = await ask()) && Stopwatch.GetElapsedTime(started) < within)
            await Task.Delay(Every, ct);
        return answer;
    }
}
