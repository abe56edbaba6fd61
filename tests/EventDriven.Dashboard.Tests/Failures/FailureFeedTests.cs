using EventDriven.Dashboard.Failures;
using EventDriven.Dashboard.Tests.Journey;
using EventDriven.Dashboard.Watch;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.Failures;

public sealed class FailureFeedTests : IDisposable
{
    private const string Path = "/control/subscriptions/email";
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeServices _services = new FakeServices()
        .Answers("email", "/health", new { status = "Degraded" })
        .Answers("email", "/control/subscriptions", new[] { new { name = "email", state = "running", handled = 7, lag = 0, dead = 2, parked = 3, topics = Array.Empty<string>() } })
        .Answers("email", $"{Path}/failures", new[] { new { group = "g1", state = "dead", type = "signup.user-signed-up.v1", cause = "no row …", messages = 2, streams = 2, behind = 3, firstFailedAt = Noon, lastFailedAt = Noon.AddMinutes(1) } })
        .Answers("email", $"{Path}/parked?limit=200", new[] { new { topic = "signup.events", source = "/signup", stream = "user-1", state = "dead", messageId = "m-1", type = "signup.user-signed-up.v1", attempts = 8, behind = 3, parkedAt = Noon } })
        .Answers("email", $"{Path}/gaps?limit=200", new[] { new { topic = "signup.events", source = "/signup", stream = "user-2", missingFrom = 4, missingTo = 5, waiting = 1, since = Noon } })
        .Answers("email", $"{Path}/restored", Array.Empty<object>())
        .Answers("email", $"{Path}/quarantined?limit=200", Array.Empty<object>());

    private readonly FakeTimeProvider _clock = new(Noon);

    [Fact]
    public async Task What_is_stuck_is_told_with_its_cause_and_what_waits_behind_it()
    {
        var overview = await Look();

        var group = Assert.Single(overview.Groups);
        Assert.Equal(("email", "no row …", 2L, 3L), (group.Subscription, group.What.Cause, group.What.Messages, group.What.Behind));
        Assert.Equal(("user-1", 3L), (Assert.Single(overview.Streams).What.Stream, overview.Streams[0].What.Behind));
        Assert.Equal((4L, 5L), (Assert.Single(overview.Gaps).What.MissingFrom, overview.Gaps[0].What.MissingTo));
        Assert.False(overview.IsEmpty);
    }

    [Fact]
    public async Task A_service_that_goes_down_keeps_what_it_last_told_and_is_named()
    {
        var (watch, feed) = Feed();
        await watch.Look(TestContext.Current.CancellationToken);
        await feed.Look(TestContext.Current.CancellationToken);
        _services.IsDown("email");
        await watch.Look(TestContext.Current.CancellationToken);
        await feed.Look(TestContext.Current.CancellationToken);

        Assert.Equal(["email"], feed.Overview.Current!.Silent);
        Assert.Single(feed.Overview.Current.Groups);
    }

    public void Dispose() => _services.Dispose();

    private async Task<FailureOverview> Look()
    {
        var (watch, feed) = Feed();
        await watch.Look(TestContext.Current.CancellationToken);
        await feed.Look(TestContext.Current.CancellationToken);
        return feed.Overview.Current!;
    }

    private (SystemWatch Watch, FailureFeed Feed) Feed()
    {
        var watch = new SystemWatch(_services.Client, [], _clock);
        return (watch, new FailureFeed(_services.Client, watch, _clock));
    }
}
