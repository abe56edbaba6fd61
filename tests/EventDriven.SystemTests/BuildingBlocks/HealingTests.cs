using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Setup;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>What is missing comes from its publisher's own log; what a restore has lost is told.</summary>
[Collection("broker at hand")]
public sealed class HealingTests(BrokerAtHand system) : SubscriptionTest(system)
{
    [Fact]
    public async Task Promise_2_what_is_missing_in_a_stream_alarms_waits_and_comes_by_backfill()
    {
        var stream = NewStream();
        var publisher = await Service.Start(sends: false);
        await Start(s => s.StartFromNow(), sends: false);
        await Eventually.Get(() => Get(Subscription), s => s["state"]!.GetValue<string>() == "running", "it runs");
        await Append(publisher, stream, 1);
        await Send(publisher, stream, sequence: 1);
        await HasEffects(stream, 1);
        await Append(publisher, stream, 2, 3, 4);
        await Send(publisher, stream, sequence: 4);

        var waiting = await Eventually.Get(() => Get(Subscription), s => s["alarms"]!.AsArray().Count > 0, "the gap alarms");
        Assert.Contains("missing", waiting["alarms"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal([1], await Effects(stream));
        await HasEffects(stream, 1, 2, 3, 4);
        await Eventually.Get(() => Get(Subscription), s => s["alarms"]!.AsArray().Count == 0, "the alarm ends");
    }

    [Fact]
    public async Task What_waits_for_something_that_nobody_has_goes_on_only_when_an_operator_skips_it()
    {
        var stream = NewStream();
        await Start();
        var logId = Guid.CreateVersion7();
        await Produce(stream, 3, $"{Service.Name}.happened.v1", logId: logId);
        await Eventually.Equal(1L, () => CountParked("waiting"), "waiting");

        await Post(Subscription + "/skip", new { gap = new { topic = Service.Topic, source = "/elsewhere", stream = stream.ToString() } });
        await HasEffects(stream, 1);
        await Eventually.Equal(2L, async () => (await Get(Subscription))["skipped"]!.GetValue<long>(), "skipped");
    }

    [Fact]
    public async Task Promise_2_a_subscriber_that_comes_after_the_topic_has_forgotten_gets_the_whole_history_once_also_through_a_crash()
    {
        const int streams = 40, each = 150; // several pages
        var publisher = await Service.Start(sends: false); // nothing of it ever reaches the topic
        var all = Enumerable.Range(0, streams).Select(_ => NewStream()).ToArray();
        foreach (var stream in all)
            await Append(publisher, stream, [.. Enumerable.Range(0, each)]);

        using var goOn = new ManualResetEventSlim();
        Recorder.Before = _ =>
        {
            if (Recorder.Seen.Count > streams * each / 3)
                goOn.Wait(Ct);
        };
        var first = await Start(sends: false);
        await Eventually.See(() => Recorder.Seen.Count, n => n > streams * each / 3, "it has begun");
        var stops = TestService.Stop(first);
        goOn.Set();
        await stops;
        Assert.True(await Service.Scalar("select count(*) from inbox.history where done") == 0, "the crash came after the end of the history");
        await TestService.Stop(publisher);
        var host = await Start(); // this one sends as well: all of it comes a second time, on the topic

        await Eventually.Equal((long)streams * each, () => Service.Scalar("select count(*) from effects"), "effects", TimeSpan.FromSeconds(60));
        await Append(host, all[0], each);
        await HasEffects(all[0], [.. Enumerable.Range(0, each + 1)]);
        Assert.Equal(streams * each + 1, await Service.Scalar("select count(distinct (stream, number)) from effects"));
        await Reconciles();
    }

    [Fact]
    public async Task A_topic_that_ends_before_what_was_to_come_next_was_made_anew_and_is_read_from_its_beginning()
    {
        var stream = NewStream();
        var host = await Start();
        await Append(host, stream, 1);
        await HasEffects(stream, 1);
        await TestService.Stop(host);
        await Service.Execute("update inbox.partitions set next_offset = 1000");
        var publisher = await Service.Start();
        await Append(publisher, stream, 2);
        await Eventually.Equal(2L, () => Service.Scalar("select relayed from log.progress"), "relayed");
        await TestService.Stop(publisher);

        await Start();
        await HasEffects(stream, 1, 2);
        await Eventually.Equal(0L, async () => (await Get(Subscription))["lag"]!.GetValue<long>(), "lag");
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from inbox.history where not done"), "histories to read");
        await Reconciles();
    }

    [Fact]
    public async Task Which_batch_a_message_was_in_is_told_for_14_days()
    {
        var host = await Start();
        await Append(host, NewStream(), 1);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.batches"), "batches");
        await Service.Execute("update inbox.batches set handled_at = handled_at - interval '15 days'");
        await Append(host, NewStream(), 2);
        await Eventually.Equal(2L, () => Service.Scalar("select count(*) from inbox.batches"), "batches");
        await TestService.Stop(host);

        await Start(); // it looks at once, and every hour
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.batches"), "batches");
        Assert.Equal(1, await Service.Scalar("select count(*) from inbox.batches where handled_at > now() - interval '1 day'"));
        await Reconciles();
    }

    [Fact]
    public async Task A_restored_publisher_pauses_its_source_until_an_operator_accepts_it_and_nothing_new_is_lost()
    {
        var (stream, untouched) = (NewStream(), NewStream());
        var host = await Start();
        await Append(host, stream, 1, 2, 3, 4, 5);
        await Append(host, untouched, 1);
        await HasEffects(stream, 1, 2, 3, 4, 5);
        await HasEffects(untouched, 1);
        await Restore(stream, toVersion: 2);
        await Append(host, stream, 14, 15, 16);

        await Eventually.Equal(3L, () => CountParked("waiting"), "waiting");
        var paused = await Eventually.Get(() => Get(Subscription), s => s["alarms"]!.AsArray().Count > 0, "it alarms");
        Assert.Contains("was restored", paused["alarms"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4, 5], await Effects(stream));

        var (_, accepted) = await Post(Subscription + "/accept", new { source = "/" + Service.Name });
        var lost = accepted!["lost"]!.AsArray().Single()!;
        Assert.Equal((stream.ToString(), 4L, 5L), (lost["stream"]!.GetValue<string>(), lost["from"]!.GetValue<long>(), lost["to"]!.GetValue<long>()));
        await HasEffects(stream, 1, 2, 3, 4, 5, 14, 15, 16);
        await Append(host, untouched, 2);
        await HasEffects(untouched, 1, 2);
        await Reconciles();
    }

    [Fact]
    public async Task A_replay_empties_what_the_handlers_wrote_and_handles_everything_again_without_its_appends()
    {
        var stream = NewStream();
        Recorder.Also = (m, context) => context.Append(new("note", context.MessageId), ExpectedVersion.NoStream, new NewEvent(new Noted(m.Number)));
        var host = await Start(s => s.ResetBy(new Sql("delete from effects")));
        await Append(host, stream, 1, 2, 3);
        await HasEffects(stream, 1, 2, 3);
        var oldest = await Service.Scalar("select min(id) from effects");

        await Post(Subscription + "/replay");
        await Eventually.Get(() => Service.Scalar("select coalesce(min(id), 0) from effects"), id => id > oldest, "the effects are new");
        await HasEffects(stream, 1, 2, 3);
        await Append(host, stream, 4);
        await HasEffects(stream, 1, 2, 3, 4);
        await Eventually.Equal(4L, () => Service.Scalar("select count(*) from log.events where topic is null"), "appends");
        await Reconciles();
    }

    /// <summary>Puts one message of the publisher's log on the topic, as its relay would.</summary>
    private async Task Send(IHost publisher, StreamName stream, long sequence)
    {
        var logId = (await Service.Rows("select log_id from log.incarnations", r => r.GetGuid(0))).Single();
        await Produce(stream, sequence, $"{Service.Name}.happened.v1", source: "/" + Service.Name, logId: logId, data: $$"""{"number":{{sequence}}}""");
    }

    /// <summary>What a restore of the database to an earlier time does to the log, and what its runbook says to do then.</summary>
    private async Task Restore(StreamName stream, long toVersion)
    {
        await Service.Execute($$"""
            set session_replication_role = replica;
            delete from log.positions where event_id in (select id from log.events where stream = '{{stream}}' and version > {{toVersion}});
            delete from log.events where stream = '{{stream}}' and version > {{toVersion}};
            update log.streams s set version = e.version, hash = e.hash, sequences = jsonb_build_object(e.topic, e.sequence)
            from log.events e where e.stream = s.stream and e.version = {{toVersion}} and s.stream = '{{stream}}';
            """);
        await Databases.BeginNewIncarnation(Running.Postgres, Service.Name);
    }

    [Fact]
    public async Task Promise_2_a_subscriber_that_was_away_until_its_topic_had_forgotten_goes_on_in_every_partition()
    {
        NeedsApacheKafka();
        var streams = Enumerable.Range(0, 60).Select(_ => NewStream()).ToArray();
        var publisher = await Service.Start();
        var subscriber = await Start(sends: false);
        await AppendToAll(1);
        await Eventually.Equal(60L, () => Service.Scalar("select count(*) from effects"), "effects");
        await TestService.Stop(subscriber);
        await AppendToAll(2);
        await Eventually.Equal(120L, () => Service.Scalar("select relayed from log.progress"), "relayed");
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Running.Kafka }).Build())
            await admin.DeleteRecordsAsync(admin.GetMetadata(Service.Topic, TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Select(p => new TopicPartitionOffset(Service.Topic, p.PartitionId, Offset.End)));
        await AppendToAll(3);

        await Start(sends: false);
        foreach (var stream in streams)
            await HasEffects(stream, 1, 2, 3);
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from inbox.history where not done"), "histories to read");
        await AppendToAll(4);
        foreach (var stream in streams)
            await HasEffects(stream, 1, 2, 3, 4);
        await Eventually.Equal(0L, async () => (await Get(Subscription))["lag"]!.GetValue<long>(), "lag"); // else it came from the log, and only from there
        Assert.Equal(0, await Service.Scalar("select count(*) from inbox.history where not done"));
        await Reconciles();

        async Task AppendToAll(int number)
        {
            foreach (var stream in streams)
                await Append(publisher, stream, number);
        }
    }
}
