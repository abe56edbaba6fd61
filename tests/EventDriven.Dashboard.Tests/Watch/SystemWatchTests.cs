using Confluent.Kafka;
using EventDriven.Dashboard.Tests.Journey;
using EventDriven.Dashboard.Watch;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.Watch;

public sealed class SystemWatchTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Topics = ["signup.events"];

    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly FakeServices _services = new();

    [Fact]
    public async Task A_degraded_service_says_why()
    {
        _services.Answers("email", "/health", new { status = "Degraded", checks = new[] { new { name = "smtp", status = "Degraded", description = "the mail server does not answer" } } });
        var view = await Look(new SystemWatch(_services.Client, [], _clock));

        Assert.Equal((Condition.Degraded, "the mail server does not answer"), (view.Service("email")!.Part.Condition, view.Service("email")!.Part.Why));
    }

    [Fact]
    public async Task A_service_that_goes_down_keeps_the_time_since_when_and_what_it_last_told()
    {
        _services.Answers("email", "/health", new { status = "Healthy" })
            .Answers("email", "/control/subscriptions", new[] { new { name = "email", state = "running", handled = 7, lag = 0, topics = Topics } });
        var watch = new SystemWatch(_services.Client, [], _clock);
        Assert.Equal(Condition.Up, (await Look(watch)).Service("email")!.Part.Condition);

        _services.IsDown("email");
        _clock.Advance(TimeSpan.FromMinutes(1));
        await Look(watch);
        _clock.Advance(TimeSpan.FromMinutes(1));
        var email = (await Look(watch)).Service("email")!;

        Assert.Equal((Condition.Down, Noon.AddMinutes(1)), (email.Part.Condition, email.Part.Since));
        Assert.Equal(7, Assert.Single(email.Subscriptions).Handled);
    }

    [Fact]
    public async Task The_lag_of_a_service_that_is_down_grows_with_what_the_broker_holds()
    {
        using var producer = MockBroker.Start();
        using var kafka = new KafkaPart(producer, new(), tokens: null);
        _services.Answers("email", "/health", new { status = "Healthy" }).Answers("email", "/control/subscriptions", new[]
        {
            new { name = "email", state = "running", handled = 0, lag = 0, topics = Topics, partitions = new[] { new { topic = "signup.events", partition = 0, next = 1, end = 1 } } },
        });
        var watch = new SystemWatch(_services.Client, [kafka], _clock);
        await Look(watch);
        _services.IsDown("email");
        for (var i = 0; i < 3; i++)
            await producer.ProduceAsync(new TopicPartition("signup.events", 0), new Message<string, byte[]> { Key = "user-1", Value = [] }, TestContext.Current.CancellationToken);

        var view = await Look(watch);
        Assert.Equal(2, Assert.Single(view.Service("email")!.Subscriptions).Lag);
        Assert.Equal(Condition.Up, view.Part("kafka")!.Condition);
    }

    [Fact]
    public async Task A_service_that_is_down_from_the_start_is_shown_by_what_the_broker_knows_of_its_group()
    {
        using var producer = MockBroker.Start();
        using var kafka = new KafkaPart(producer, new(), tokens: null);
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync(new TopicPartition("signup.events", 0), new Message<string, byte[]> { Key = "user-1", Value = [] }, TestContext.Current.CancellationToken);
        _services.IsDown("email").IsDown("signup");
        using var watch = new SystemWatch(_services.Client, [kafka], _clock);
        Assert.False((await Look(watch)).Service("email")!.IsHeard);

        using (var member = kafka.Reader("email"))
            member.Commit([new TopicPartitionOffset("signup.events", 0, 2)]);
        var email = (await Look(watch)).Service("email")!;

        var told = Assert.Single(email.Subscriptions);
        Assert.Equal((Condition.Down, true, "email", SubscriptionStatus.Unheard, 3L), (email.Part.Condition, email.IsHeard, told.Name, told.State, told.Lag));
        Assert.Equal(Topics, told.Topics);
        Assert.Empty(watch.View.Current.Service("signup")!.Subscriptions);
    }

    public void Dispose() => _services.Dispose();

    private static async Task<SystemView> Look(SystemWatch watch)
    {
        await watch.Look(TestContext.Current.CancellationToken);
        return watch.View.Current;
    }
}
