namespace EventDriven.Experiments.Catalogue.Poison;

/// <summary>One message that went through, in the order in which a consumer took them.</summary>
internal readonly record struct Handled(string Key, int Number, DateTimeOffset At);

/// <summary>The work that all three consumers do, and the one message at which it fails a few times before it goes through.</summary>
internal sealed class PoisonedWork(string key, int number, int failures)
{
    private int _met;

    public void Do(string messageKey, int messageNumber)
    {
        if (messageKey == key && messageNumber == number && Interlocked.Increment(ref _met) <= failures)
            throw new InvalidOperationException($"Number {messageNumber} cannot be handled yet.");
    }
}

/// <summary>When a failed message is tried again: after 100 ms, then twice as long each time. The building blocks wait the same.</summary>
internal static class Pauses
{
    public static TimeSpan After(int attempts) => TimeSpan.FromMilliseconds(100 * Math.Pow(2, attempts - 1));
}

/// <summary>One way to treat a message that fails.</summary>
internal interface IConsumer : IAsyncDisposable
{
    /// <summary>How it is called in the results.</summary>
    string Name { get; }

    /// <summary>What went through so far, in order.</summary>
    Task<IReadOnlyList<Handled>> Handled(CancellationToken ct);
}
