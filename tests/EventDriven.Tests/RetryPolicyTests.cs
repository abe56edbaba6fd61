using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Tests;

public sealed class RetryPolicyTests
{
    [Fact]
    public void Waits_double_from_100_ms_and_end_at_30_s()
    {
        var waits = Enumerable.Range(1, 12).Select(RetryPolicy.DelayAfter).ToArray();
        Assert.Equal([100, 200, 400, 800], waits.Take(4).Select(w => (int)w.TotalMilliseconds));
        Assert.All(waits.Zip(waits.Skip(1)), pair => Assert.True(pair.First <= pair.Second));
        Assert.Equal(TimeSpan.FromSeconds(30), waits[^1]);
    }
}
