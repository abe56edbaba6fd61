using System.Text;
using Confluent.Kafka;
using EventDriven.Dashboard.Tests.Watch;
using EventDriven.Dashboard.Topics;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Tests.Topics;

public sealed class TopicBrowserTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly IProducer<string, byte[]> _producer = MockBroker.Start();
    private readonly KafkaPart _kafka;

    public TopicBrowserTests() => _kafka = new(_producer, new(), tokens: null);

    [Fact]
    public async Task A_topic_is_shown_with_the_ends_and_times_of_its_partitions_and_its_newest_messages()
    {
        for (var minute = 0; minute < 60; minute++)
            await Send(partition: 1, minute);
        await Send(partition: 2, minute: 90);
        var content = (await new TopicBrowser([_kafka]).Read("signup.events", null, Ct))!;

        Assert.Equal((61L, 51), (content.Held, content.Messages.Count)); // not more of one partition than can be shown
        Assert.Equal([new(0, 0, 0, null, null), new(1, 0, 60, Noon, Noon.AddMinutes(59)), new(2, 0, 1, Noon.AddMinutes(90), Noon.AddMinutes(90))], content.Partitions.Take(3));
        var newest = content.Messages[0];
        Assert.Equal((2, 0L, "message-90", "signup.user-signed-up.v1", "/signup", "user-90"), (newest.Partition, newest.Offset, newest.Id, newest.Type, newest.Source, newest.Key));
        Assert.Equal(content.Messages.Average(static message => message.Bytes) * 61, content.EstimatedBytes);
    }

    [Fact]
    public async Task A_message_that_says_nothing_of_itself_is_shown_by_its_place()
    {
        await _producer.ProduceAsync(new TopicPartition("signup.events", 0), new Message<string, byte[]> { Key = "k", Value = [1, 2, 3] }, Ct);
        var message = Assert.Single((await new TopicBrowser([_kafka]).Read("signup.events", null, Ct))!.Messages);

        Assert.Equal((0, 0L, null, null, "k", 4), (message.Partition, message.Offset, message.Id, message.Type, message.Key, message.Bytes));
    }

    [Fact]
    public async Task A_topic_that_the_broker_does_not_hold_is_not_made_by_looking()
    {
        await Send(partition: 0, minute: 0);
        var browser = new TopicBrowser([_kafka]);
        Assert.Null(await browser.Read("no-such-topic", null, Ct));
        Assert.DoesNotContain("no-such-topic", _kafka.Topics().Keys);
        Assert.Null(await new TopicBrowser([]).Read("signup.events", null, Ct));
    }

    public void Dispose()
    {
        _kafka.Dispose();
        _producer.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task Send(int partition, int minute)
    {
        Headers headers = [];
        foreach (var (name, value) in ((string, string)[])[("ce_id", $"message-{minute}"), ("ce_type", "signup.user-signed-up.v1"), ("ce_source", "/signup"), ("ce_time", Noon.AddMinutes(minute).ToString("O"))])
            headers.Add(name, Encoding.UTF8.GetBytes(value));
        return _producer.ProduceAsync(new TopicPartition("signup.events", partition), new Message<string, byte[]> { Key = $"user-{minute}", Value = "{}"u8.ToArray(), Headers = headers }, Ct);
    }
}
