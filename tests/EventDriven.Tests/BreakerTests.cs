using EventDriven.Messaging.Subscriptions.Failure;
using EventDriven.Messaging.Subscriptions.Inbox;

namespace EventDriven.Tests;

public sealed class BreakerTests
{
    private readonly Breaker _breaker = new();

    [Fact]
    public void One_stream_that_fails_again_and_again_is_poison()
    {
        for (var i = 0; i < 1_000; i++)
            Assert.False(_breaker.Failed(Key(1), new IOException()));
    }

    [Fact]
    public void Stream_after_stream_that_fails_without_any_success_is_an_outage()
    {
        Assert.All(Enumerable.Range(1, 4), i => Assert.False(_breaker.Failed(Key(i), new IOException())));
        Assert.True(_breaker.Failed(Key(5), new IOException()));
        Assert.True(_breaker.IsOpen);
    }

    [Fact]
    public void A_success_closes_it()
    {
        for (var i = 0; i < 10; i++)
            _breaker.Failed(Key(i), new IOException());
        _breaker.Succeeded();
        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public void Failures_that_come_from_messages_alone_weigh_a_twentieth()
    {
        Assert.All(Enumerable.Range(1, 99), i => Assert.False(_breaker.Failed(Key(i), new FormatException())));
        Assert.True(_breaker.Failed(Key(100), new FormatException()));
    }

    private static MarkKey Key(int stream) => new("topic", "/source", $"thing-{stream}");
}
