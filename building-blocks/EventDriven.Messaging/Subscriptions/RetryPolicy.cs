namespace EventDriven.Messaging.Subscriptions;

/// <summary>How long to wait before the next attempt: doubling from 100 ms to 30 s.</summary>
internal static class RetryPolicy
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(30);

    public static TimeSpan DelayAfter(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempt);
        return attempt > 9 ? Last : First * (1 << (attempt - 1));
    }
}
