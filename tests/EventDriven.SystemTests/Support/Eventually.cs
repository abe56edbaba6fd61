using System.Diagnostics;

namespace EventDriven.SystemTests.Support;

/// <summary>Waits for a fact, and says what it was when it never came true.</summary>
public static class Eventually
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks until the answer satisfies, and returns it.</summary>
    public static async Task<T> Get<T>(Func<Task<T>> ask, Predicate<T> satisfies, string what, TimeSpan? within = null)
    {
        var started = Stopwatch.GetTimestamp();
        T answer;
        while (!satisfies(answer = await ask()))
        {
            if (Stopwatch.GetElapsedTime(started) > (within ?? Within))
                Assert.Fail($"Not within {within ?? Within}: {what}. Last: {answer}");
            await Task.Delay(Every, TestContext.Current.CancellationToken);
        }
        return answer;
    }

    /// <summary>Looks until what it sees satisfies, and returns it.</summary>
    public static Task<T> See<T>(Func<T> look, Predicate<T> satisfies, string what, TimeSpan? within = null) =>
        Get(() => Task.FromResult(look()), satisfies, what, within);

    /// <summary>Asks until it equals what is expected.</summary>
    public static Task Equal<T>(T expected, Func<Task<T>> ask, string what, TimeSpan? within = null) =>
        Get(ask, answer => EqualityComparer<T>.Default.Equals(expected, answer), $"{what} is {expected}", within);
}
