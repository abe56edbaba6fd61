using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>From the log over the broker into the inbox.</summary>
[Collection("broker at hand")]
public sealed class MessagingTests(BrokerAtHand system) : SystemTest(system)
{
    private TestService? _service;

    private TestService Service => _service!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Promise_1_a_committed_event_is_published_and_an_uncommitted_one_never_is()
    {
        var log = await StartLog();
        await using (var abandoned = await log.Begin(Ct))
            await abandoned.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1))], Ct);
        await Append(log, NewStream(), 2);

        var messages = await Read(count: 1);
        Assert.Equal("""{"number":2,"text":""}""", Encoding.UTF8.GetString(messages[0].Message.Value));
        await Eventually.Equal(1L, () => Service.Scalar("select relayed from log.progress"), "relayed");
        Assert.Equal(1, await Service.Scalar("select count(*) from log.positions"));
    }

    [Fact]
    public async Task A_message_on_the_wire_is_a_cloud_event_keyed_by_its_stream()
    {
        var log = await StartLog();
        var (stream, cause, messageId) = (NewStream(), Cause.Begin(), Guid.CreateVersion7());
        await using (var transaction = await log.Begin(Ct))
        {
            await transaction.Append(stream, ExpectedVersion.Any, cause, [new(new Happened(1)) { MessageId = messageId }], Ct);
            await transaction.Commit(Ct);
        }

        var message = (await Read(count: 1))[0].Message;
        var headers = message.Headers.ToDictionary(h => h.Key, h => Encoding.UTF8.GetString(h.GetValueBytes()));
        Assert.Equal(stream.ToString(), message.Key);
        Assert.Equal(messageId.ToString(), headers["ce_id"]);
        Assert.Equal("/" + Service.Name, headers["ce_source"]);
        Assert.Equal($"{Service.Name}.happened.v1", headers["ce_type"]);
        Assert.Equal(stream.ToString(), headers["ce_subject"]);
        Assert.Equal(stream.ToString(), headers["ce_partitionkey"]);
        Assert.Equal("0000000000000000001", headers["ce_sequence"]);
        Assert.Equal(cause.CorrelationId.ToString(), headers["ce_correlationid"]);
        Assert.Equal("1.0", headers["ce_specversion"]);
        Assert.Equal("application/json", headers["content-type"]);
        Assert.True(Guid.TryParse(headers["ce_logid"], out _));
        Assert.True(DateTimeOffset.TryParse(headers["ce_time"], CultureInfo.InvariantCulture, out _));
    }

    [Fact]
    public async Task Promise_3_each_stream_is_handled_in_order_and_each_message_once()
    {
        var recorder = new Recorder();
        var log = await StartLog(recorder);
        var streams = Enumerable.Range(0, 10).Select(_ => NewStream()).ToArray();
        for (var i = 0; i < 200; i++)
            await Append(log, streams[i % streams.Length], i / streams.Length);

        await Effects(200);
        Assert.All(recorder.Seen.GroupBy(s => s.Stream), s => Assert.Equal(Enumerable.Range(0, 20), s.Select(m => m.Number)));
    }

    [Fact]
    public async Task Promise_2_a_message_that_comes_again_has_no_second_effect()
    {
        var recorder = new Recorder();
        var log = await StartLog(recorder);
        var stream = NewStream();
        await Append(log, stream, 1, 2, 3);
        await Effects(3);
        await Eventually.Equal(3L, () => Service.Scalar("select relayed from log.progress"), "relayed");

        // The relay forgets how far it was, as after a crash between sending and writing it down.
        await Service.Execute("delete from log.relayed");
        await Append(log, stream, 4);
        await Effects(4);
        Assert.Equal(7, (await Read(count: 7)).Count); // three came twice
        Assert.Equal(4, await Service.Scalar("select count(*) from effects"));
        Assert.Equal([1, 2, 3, 4], recorder.Seen.Select(s => s.Number));
    }

    [Fact]
    public async Task What_cannot_be_attributed_to_a_stream_is_quarantined_and_holds_nothing_up()
    {
        var recorder = new Recorder();
        var log = await StartLog(recorder);
        using (var producer = Producer())
            await producer.ProduceAsync(Service.Topic, new() { Key = "noise", Value = "not a message"u8.ToArray() }, Ct);
        await Append(log, NewStream(), 1);

        await Effects(1);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.quarantined"), "quarantined");
    }

    [Fact]
    public async Task A_subscription_that_was_down_misses_nothing_and_repeats_nothing()
    {
        var first = new Recorder();
        var log = await StartLog();
        var down = await Service.Start(b => TestService.Subscribe(b, "reader", Service.Types, first), relays: true);
        await Append(log, NewStream(), 1, 2, 3);
        await Effects(3);
        await down.StopAsync(Ct);

        await Append(log, NewStream(), 4, 5, 6);
        await Service.Start(b => TestService.Subscribe(b, "reader", Service.Types, new Recorder()), relays: true);
        await Effects(6);
        Assert.Equal(6, await Service.Scalar("select count(distinct number) from effects"));
    }

    [Fact]
    public async Task Promise_2_while_two_processes_share_a_subscription_and_one_leaves_each_message_has_one_effect()
    {
        var seen = new ConcurrentBag<int>();
        var recorder = new Recorder { Before = m => seen.Add(m.Number) };
        var log = await StartLog(recorder);
        var second = await Service.Start(b => TestService.Subscribe(b, Service.Name, Service.Types, new Recorder()));
        var streams = Enumerable.Range(0, 20).Select(_ => NewStream()).ToArray();
        for (var i = 0; i < 400; i++)
        {
            await Append(log, streams[i % streams.Length], i);
            if (i == 200)
                await second.StopAsync(Ct);
        }
        await Effects(400);
        Assert.Equal(400, await Service.Scalar("select count(distinct number) from effects"));
        Assert.Equal(0, await Service.Scalar("select count(*) from (select number, lag(number) over (partition by stream order by id) before from effects) e where number < before"));
    }

    private async Task<EventLog> StartLog(Recorder? recorder = null) =>
        (await Service.Start(recorder is null ? null : b => TestService.Subscribe(b, Service.Name, Service.Types, recorder))).Services.GetRequiredService<EventLog>();

    private Task Effects(long count) => Eventually.Equal(count, () => Service.Scalar("select count(*) from effects"), "effects", TimeSpan.FromSeconds(60));

    private static StreamName NewStream() => new("thing", Guid.CreateVersion7());

    private static async Task Append(EventLog log, StreamName stream, params int[] numbers)
    {
        await using var transaction = await log.Begin(Ct);
        await transaction.Append(stream, ExpectedVersion.Any, Cause.Begin(), [.. numbers.Select(n => new NewEvent(new Happened(n)))], Ct);
        await transaction.Commit(Ct);
    }

    private IProducer<string, byte[]> Producer() => new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Running.Kafka }).Build();

    private async Task<List<ConsumeResult<string, byte[]>>> Read(int count)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = Running.Kafka,
            GroupId = $"test-{Guid.CreateVersion7():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 10,
        }).Build();
        consumer.Subscribe(Service.Topic);
        List<ConsumeResult<string, byte[]>> read = [];
        await Eventually.See(() =>
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } message)
                read.Add(message);
            return read.Count;
        }, n => n >= count, $"{count} messages on the topic");
        return read;
    }
}
