using EventDriven.Messaging.Subscriptions.Failure;

namespace EventDriven.Tests;

public sealed class RetryPolicyTests
{
    [Fact]
    public void Pauses_double_from_100_ms_and_end_at_30_s()
    {
        var pauses = Enumerable.Range(1, 12).Select(RetryPolicy.DelayAfter).ToArray();
        Assert.Equal([100, 200, 400, 800], pauses.Take(4).Select(w => (int)w.TotalMilliseconds));
        Assert.All(pauses.Zip(pauses.Skip(1)), pair => Assert.True(pair.First <= pair.Second));
        Assert.Equal(TimeSpan.FromSeconds(30), pauses[^1]);
    }

    [Fact]
    public void The_last_attempt_has_no_next_one()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(200), RetryPolicy.Next(attempts: 2, maxAttempts: 3));
        Assert.Null(RetryPolicy.Next(attempts: 3, maxAttempts: 3));
    }
}
