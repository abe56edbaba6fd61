using System.Net;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>A replay from a later point than the beginning: only where handlers are declared repeatable.</summary>
[Collection("broker at hand")]
public sealed class ReplayTests(BrokerAtHand system) : SubscriptionTest(system)
{
    [Fact]
    public async Task A_replay_from_a_later_point_handles_again_what_was_published_since_and_nothing_before()
    {
        var (both, before, since) = (NewStream(), NewStream(), NewStream());
        Recorder.Also = (m, context) => context.Append(new("note", context.MessageId), ExpectedVersion.NoStream, new NewEvent(new Noted(m.Number)));
        var host = await StartRepeatable();
        await Append(host, both, 1, 2);
        await Append(host, before, 1);
        await Mention(host, before);
        var point = await Now();
        await Append(host, both, 3, 4);
        await Append(host, since, 1, 2);
        await Mention(host, since);
        await HasEffects(both, 1, 2, 3, 4);
        await HasEffects(before, 1);
        await HasEffects(since, 1, 2);
        await Reconciles();

        Assert.Equal(HttpStatusCode.Accepted, (await Post(Subscription + "/replay", new { from = point })).Status);
        await HasEffects(both, 1, 2, 3, 4, 3, 4);
        await HasEffects(since, 1, 2, 1, 2);
        await Append(host, both, 5);
        await Append(host, before, 2);
        await HasEffects(both, 1, 2, 3, 4, 3, 4, 5);
        await HasEffects(before, 1, 2);
        await Eventually.Equal(9L, () => Service.Scalar("select count(*) from log.events where topic is null"), "appends, each once");
        await Reconciles();
        await Eventually.Equal(2L, async () => (await Get(Subscription))["withoutHandler"]!.GetValue<long>(), "without a handler");
    }

    [Fact]
    public async Task A_second_replay_from_an_earlier_point_goes_back_further_and_the_sums_still_agree()
    {
        var stream = NewStream();
        var host = await StartRepeatable();
        await Append(host, stream, 1);
        var earlier = await Now();
        await Append(host, stream, 2);
        var later = await Now();
        await Append(host, stream, 3);
        await HasEffects(stream, 1, 2, 3);

        await Post(Subscription + "/replay", new { from = later });
        await HasEffects(stream, 1, 2, 3, 3);
        await Post(Subscription + "/replay", new { from = earlier });
        await HasEffects(stream, 1, 2, 3, 3, 2, 3);
        await Reconciles();
    }

    [Fact]
    public async Task A_replay_from_a_later_point_is_refused_where_it_would_do_things_twice_and_says_why()
    {
        var host = await Start(s => s.ResetBy(new Sql("delete from effects")));
        var stream = NewStream();
        await Append(host, stream, 1);
        await HasEffects(stream, 1);

        var (status, problem) = await Post(Subscription + "/replay", new { from = await Now() });
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("repeatable", problem!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal([1], await Effects(stream));
    }

    [Fact]
    public async Task A_replay_from_a_later_point_waits_for_what_is_set_aside_and_never_begins_in_the_future()
    {
        Recorder.Before = m => Assert.NotEqual(1, m.Number);
        var host = await StartRepeatable();
        await Append(host, NewStream(), 1);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");

        var (status, problem) = await Post(Subscription + "/replay", new { from = await Now() });
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("set aside", problem!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post(Subscription + "/replay", new { from = (await Now()).AddHours(1) })).Status);
    }

    private Task<IHost> StartRepeatable() => Start(subscription => subscription.Repeatable());

    private async Task<DateTimeOffset> Now() => (await Service.Rows("select clock_timestamp()", row => row.GetFieldValue<DateTimeOffset>(0))).Single();

    private static Task Mention(IHost host, StreamName stream) =>
        host.Services.GetRequiredService<EventLog>().Append(stream, ExpectedVersion.Any, Cause.Begin(), [new(new Mentioned(1))], [], Ct);

    [Fact]
    public async Task What_the_topic_has_forgotten_since_then_comes_from_the_senders_own_log()
    {
        NeedsApacheKafka();
        var stream = NewStream();
        var host = await StartRepeatable();
        await Append(host, stream, 1);
        var point = await Now();
        await Append(host, stream, 2, 3);
        await HasEffects(stream, 1, 2, 3);
        await Reconciles();
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Running.Kafka }).Build())
        {
            var ends = await Service.Rows("select partition, next_offset from inbox.partitions where next_offset is not null", row => (row.GetInt32(0), row.GetInt64(1)));
            await admin.DeleteRecordsAsync(ends.Select(end => new TopicPartitionOffset(Service.Topic, end.Item1, end.Item2)));
        }

        Assert.Equal(HttpStatusCode.Accepted, (await Post(Subscription + "/replay", new { from = point })).Status);
        await HasEffects(stream, 1, 2, 3, 2, 3);
        await Append(host, stream, 4);
        await HasEffects(stream, 1, 2, 3, 2, 3, 4);
        await Reconciles();
    }
}
