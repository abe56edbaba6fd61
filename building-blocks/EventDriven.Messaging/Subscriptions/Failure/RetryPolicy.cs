namespace EventDriven.Messaging.Subscriptions.Failure;

/// <summary>When a failed message is tried again: after 100 ms, doubling to 30 s, until its attempts are spent.</summary>
internal static class RetryPolicy
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(30);

    /// <summary>The pause after so many attempts; null when there are no more.</summary>
    public static TimeSpan? Next(int attempts, int maxAttempts) => attempts >= maxAttempts ? null : DelayAfter(attempts);

    /// <summary>The pause after so many tries of something that is tried for ever.</summary>
    public static TimeSpan DelayAfter(int tries)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tries);
        return tries > 9 ? Last : First * (1 << (tries - 1));
    }
}
