using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventDriven.Log;
using EventDriven.Log.Sequencing;
using EventDriven.Messaging.Publishing;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>From the log to the broker: in order, without gaps, by one relay at a time.</summary>
[Collection("broker at hand")]
public sealed class RelayTests(BrokerAtHand system) : SystemTest(system)
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
    public async Task Of_two_relays_one_works_and_the_other_takes_over_without_sending_anything_again()
    {
        var hosts = new[] { await Service.Start(), await Service.Start() };
        var streams = Enumerable.Range(0, 10).Select(_ => NewStream()).ToArray();
        for (var n = 0; n < 100; n++)
            await Append(hosts[n % 2], streams[n % streams.Length], n);
        await Relayed(100);

        var holder = await Eventually.See(() => hosts.SingleOrDefault(h => h.Services.GetRequiredService<Sequencer>().Epoch is not null), h => h is not null, "one holds the lease");
        var other = hosts.Single(h => h != holder);
        await Append(holder!, streams[0], 100);
        await holder!.StopAsync(Ct); // right behind the append: what is on its way is waited for
        for (var n = 101; n < 150; n++)
            await Append(other, streams[n % streams.Length], n);
        await Relayed(150);
        InOrderAndOnce(Read(150), 150);
    }

    [Fact]
    public async Task A_relay_that_was_stopped_and_wakes_up_sends_nothing_out_of_order_and_moves_no_checkpoint()
    {
        var stopped = await Service.Start(b => b.Services.AddSingleton<TimeProvider>(new Microsoft.Extensions.Time.Testing.FakeTimeProvider()));
        var stream = NewStream();
        await Append(stopped, stream, 0);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from log.positions"), "positions given");
        var epoch = await Service.Scalar("select epoch from log.lease");

        var next = await Service.Start();
        await Eventually.Equal(epoch + 1, () => Service.Scalar("select epoch from log.lease"), "epoch", TimeSpan.FromSeconds(5));
        await Append(next, stream, 1);
        await Append(stopped, stream, 2); // it wakes up and believes to hold the lease
        await Append(next, stream, 3);
        await Relayed(4);
        var sequences = Read(4).Select(m => Sequence(m)).ToArray();
        Assert.Equal([1, 2, 3, 4], sequences.Distinct()); // first occurrences; event 1 may have been sent by both
        Assert.Equal(0, await Service.Scalar("select count(*) from log.relayed r join log.relayed o on o.first_position <= r.last_position and r.first_position < o.first_position"));
    }

    [Fact]
    public async Task A_thousand_events_of_many_streams_arrive_once_and_in_order_with_their_places_written_down()
    {
        var host = await Service.Start();
        var streams = Enumerable.Range(0, 50).Select(_ => NewStream()).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var n = 0; n < 250; n++)
                await Append(host, streams[(w + n) % streams.Length], n);
        }, Ct)));
        await Relayed(1_000);

        var messages = Read(1_000);
        InOrderAndOnce(messages, 1_000);
        var places = await Service.Scalar("select sum(cardinality(positions)) from log.relayed");
        Assert.Equal(1_000, places);
        var first = messages[0];
        Assert.Equal(1, await Service.Scalar("""
            select count(*) from log.relayed r cross join unnest(r.positions, r.offsets) at (position, "offset")
            join log.positions p on p.position = at.position join log.events e on e.id = p.event_id
            where r.partition = $1 and at."offset" = $2 and e.stream = $3
            """, first.Partition.Value, first.Offset.Value, first.Message.Key));
    }

    [Fact]
    public async Task Private_events_are_passed_over_and_the_checkpoint_with_them()
    {
        var host = await Service.Start();
        await using (var transaction = await Log(host).Begin(Ct))
        {
            await transaction.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Noted(1)), new(new Noted(2))], Ct);
            await transaction.Commit(Ct);
        }
        await Relayed(2);
        await Append(host, NewStream(), 3);
        await Relayed(3);
        Assert.Single(Read(1));
    }

    [Theory]
    [InlineData("57P01")] // the connection goes with it
    [InlineData("40001")] // the connection stays
    public async Task Promise_1_an_event_that_is_sent_before_its_position_is_lost_takes_no_other_with_it(string failure)
    {
        var host = await Service.Start();
        await Append(host, NewStream(), 0);
        await Relayed(1);
        await Service.Execute($"""
            create sequence refusals;
            grant usage on sequence refusals to {Service.Name};
            create function refuse_to_commit() returns trigger language plpgsql as $$
            begin
                if (select count(*) from log.events) < 3 then
                    perform pg_sleep(0.5); -- long enough for the broker's acknowledgement
                    perform nextval('refusals');
                    raise exception 'not now' using errcode = '{failure}';
                end if;
                return null;
            end $$;
            create constraint trigger refuse_to_commit after insert on log.positions deferrable initially deferred for each row execute function refuse_to_commit();
            """);

        await using var slow = await Log(host).Begin(Ct);
        await slow.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1))], Ct); // its id is the lower one
        await Append(host, NewStream(), 2);
        Assert.Equal([0, 2], Read(2).Select(Number).Distinct().Order()); // the event is committed, so it need not wait for its position's commit
        await Eventually.Get(() => Service.Scalar("select case when is_called then last_value else 0 end from refusals"), refusals => refusals > 0, "its position is lost");
        Assert.Equal(1, await Service.Scalar("select relayed from log.progress"));

        await slow.Commit(Ct); // it gets the position that the other one had
        await Relayed(3);
        Assert.Equal([0, 1, 2], Read(4).Select(Number).Distinct().Order()); // one of them came again
    }

    private Task Relayed(long position) => Eventually.Equal(position, () => Service.Scalar("select relayed from log.progress"), "relayed");

    private static EventLog Log(IHost host) => host.Services.GetRequiredService<EventLog>();

    private static StreamName NewStream() => new("thing", Guid.CreateVersion7());

    private static async Task<Guid> Append(IHost host, StreamName stream, int number, string text = "")
    {
        var appended = new NewEvent(new Happened(number, text));
        await using var transaction = await Log(host).Begin(Ct);
        await transaction.Append(stream, ExpectedVersion.Any, Cause.Begin(), [appended], Ct);
        await transaction.Commit(Ct);
        return appended.MessageId;
    }

    private static int Number(ConsumeResult<string, byte[]> message) => System.Text.Json.JsonDocument.Parse(message.Message.Value).RootElement.GetProperty("number").GetInt32();

    private static int Sequence(ConsumeResult<string, byte[]> message) =>
        int.Parse(System.Text.Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes("ce_sequence")), System.Globalization.CultureInfo.InvariantCulture);

    private static void InOrderAndOnce(IReadOnlyList<ConsumeResult<string, byte[]>> messages, int count)
    {
        Assert.Equal(count, messages.Count);
        Assert.All(messages.GroupBy(m => m.Message.Key), s => Assert.Equal(Enumerable.Range(1, s.Count()), s.Select(Sequence)));
    }

    /// <summary>Everything on the topic, once there is as much as expected.</summary>
    private IReadOnlyList<ConsumeResult<string, byte[]>> Read(int atLeast)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = Running.Kafka,
            GroupId = $"test-{Guid.CreateVersion7():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
        }).Build();
        consumer.Subscribe(Service.Topic);
        List<ConsumeResult<string, byte[]>> read = [];
        HashSet<int> ended = [];
        while (read.Count < atLeast || ended.Count < consumer.Assignment.Count)
        {
            var next = consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException($"{read.Count} of {atLeast} messages after 30 s without one more");
            if (next.IsPartitionEOF)
                ended.Add(next.Partition.Value);
            else
            {
                ended.Remove(next.Partition.Value);
                read.Add(next);
            }
        }
        return read;
    }

    [Fact]
    public async Task A_refused_event_is_named_with_its_topic_and_cause_and_nothing_overtakes_it()
    {
        NeedsApacheKafka();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Running.Kafka }).Build();
        await LimitMessages(admin, 2_000);
        var host = await Service.Start();
        var stream = NewStream();
        await Append(host, stream, 1);
        await Relayed(1);
        var large = await Append(host, stream, 2, new string('x', 10_000));
        await Append(host, stream, 3);
        await Append(host, NewStream(), 4);

        var reason = await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of(Relay.Part), r => r?.Contains(large.ToString(), StringComparison.Ordinal) is true, $"the relay names {large}");
        Assert.Contains(Service.Topic, reason, StringComparison.Ordinal);
        Assert.Contains("too large", reason, StringComparison.OrdinalIgnoreCase);
        Assert.Single(Read(1));

        await LimitMessages(admin, 1_000_000);
        await Relayed(4);
        await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of(Relay.Part), r => r is null, "the trouble is over");
        var numbers = Read(4).Where(m => m.Message.Key == stream.ToString()).Select(m => (int)m.Message.Value[10] - '0');
        Assert.Equal([1, 2, 3], numbers.Distinct());
    }

    [Fact]
    public async Task A_topic_that_is_not_there_pauses_the_relay_and_nothing_is_lost_when_it_comes()
    {
        NeedsApacheKafka();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Running.Kafka }).Build();
        await admin.DeleteTopicsAsync([Service.Topic]);
        var host = await Service.Start();
        await Append(host, NewStream(), 1);
        var reason = await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of(Relay.Part), r => r?.Contains("refused", StringComparison.Ordinal) is true, "the relay shows its trouble");
        Assert.Contains(Service.Topic, reason, StringComparison.Ordinal);

        await Running.MakeTopic(Service.Topic);
        await Relayed(1);
        Assert.Single(Read(1));
    }

    private Task LimitMessages(IAdminClient admin, int bytes) => admin.IncrementalAlterConfigsAsync(new()
    {
        [new() { Type = ResourceType.Topic, Name = Service.Topic }] =
        [
            new() { Name = "max.message.bytes", Value = bytes.ToString(System.Globalization.CultureInfo.InvariantCulture), IncrementalOperation = AlterConfigOpType.Set },
        ],
    });
}
