using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Tests.Journey;
using EventDriven.Dashboard.Watch;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.Flow;

public sealed class FlowHistoryTests
{
    [Fact]
    public void The_last_hour_is_kept_and_nothing_before_it()
    {
        using var services = new FakeServices();
        var clock = new FakeTimeProvider();
        using var feed = new FlowFeed(clock);
        using var watch = new SystemWatch(services.Client, [], clock);
        using var history = new FlowHistory(feed, watch, clock);
        for (var i = 0; i < 400; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            history.Keep();
        }

        Assert.Equal(360, history.Moments.Count);
        Assert.Equal(clock.GetUtcNow(), history.Moments[^1].At);
        Assert.Equal(TimeSpan.FromSeconds(3_590), history.Moments[^1].At - history.Moments[0].At);
    }
}
