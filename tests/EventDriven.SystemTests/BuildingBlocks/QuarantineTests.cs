using System.Text;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>What cannot be taken in as a message is kept, named and counted, and harms no other.</summary>
[Collection("broker at hand")]
public sealed class QuarantineTests(BrokerAtHand system) : SubscriptionTest(system)
{
    [Fact]
    public async Task What_cannot_be_attributed_is_named_and_alarms_until_an_operator_has_looked_at_it()
    {
        using var instruments = new Instruments(of: Service.Name);
        var host = await Start();
        await Produce([("ce_source", "/elsewhere"u8.ToArray())]);

        var alarmed = await Eventually.Get(() => Get(Subscription), s => s["alarms"]!.AsArray().Count > 0, "it alarms");
        Assert.Contains("kept raw", alarmed["alarms"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Degraded, await Health(host));
        var raw = (await Get(Subscription + "/quarantined")).AsArray().Single()!;
        Assert.Equal((Service.Topic, "header ce_id is missing", "/elsewhere"), (raw["topic"]!.GetValue<string>(), raw["reason"]!.GetValue<string>(), raw["source"]!.GetValue<string>()));
        Assert.Equal(1, instruments.Of("eventdriven.subscription.quarantined"));

        await Post(Subscription + "/skip", new { quarantined = true }, actor: "account-9");
        await Eventually.Get(() => Get(Subscription), s => s["alarms"]!.AsArray().Count == 0, "the alarm ends");
        Assert.Equal(1, (await Get(Subscription))["quarantined"]!.GetValue<long>());
        var audit = (await Get("/control/audit")).AsArray().Single()!;
        Assert.Equal(("account-9", "skip"), (audit["who"]!.GetValue<string>(), audit["action"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("a character that no text can hold", "thing-\0", "0000000000000000001")]
    [InlineData("longer than any index bears", null, "0000000000000000001")]
    [InlineData("no place", "thing-0198c0de-0000-7000-8000-000000000000", "first")]
    public async Task A_message_that_cannot_be_written_down_harms_no_other(string what, string? stream, string sequence)
    {
        var random = new Random(7);
        stream ??= string.Concat(Enumerable.Range(0, 8_000).Select(_ => (char)random.Next('a', 'z' + 1)));
        var host = await Start();
        await Produce(
        [
            ("ce_id", Bytes(Guid.CreateVersion7().ToString())), ("ce_source", "/elsewhere"u8.ToArray()), ("ce_type", Bytes($"{Service.Name}.happened.v1")),
            ("ce_logid", Bytes(Guid.CreateVersion7().ToString())), ("ce_subject", Bytes(stream)), ("ce_sequence", Bytes(sequence)),
        ]);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.quarantined"), $"quarantined for {what}");

        foreach (var good in Enumerable.Range(1, 10).Select(_ => NewStream()))
        {
            await Append(host, good, 1, 2);
            await HasEffects(good, 1, 2);
        }
        Assert.Equal("running", (await Get(Subscription))["state"]!.GetValue<string>());
        await Reconciles();
    }

    [Fact]
    public async Task A_failure_whose_words_cannot_be_written_down_is_a_dead_letter_like_any_other()
    {
        var stream = NewStream();
        Recorder.Before = m => { if (m.Number == 2) throw new IOException("it says \0 and \ud800"); };
        var host = await Start();
        await Append(host, stream, 1, 2, 3);

        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        Assert.Equal("IOException: it says \uFFFD and \uFFFD", (await Get(Subscription + "/dead-letters"))[0]!["cause"]!.GetValue<string>());
        Assert.Equal([1], await Effects(stream));
    }

    [Fact]
    public async Task Promise_8_a_published_message_that_came_broken_is_quarantined_in_the_sums_until_it_comes_by_backfill()
    {
        var (stream, first) = (NewStream(), await Start(sends: false));
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.history where done"), "histories read");
        await Append(first, stream, 1);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from log.positions"), "positions given");
        await ComesBroken(stream);
        await Service.Execute("insert into log.relayed (last_position, first_position, topic, partition, positions, offsets) values (1, 1, '', -1, '{}', '{}')");
        Assert.Equal(1, (await Reconciles())["quarantined"]!.GetValue<long>());

        await TestService.Stop(first);
        var host = await Start();
        await Append(host, stream, 2);
        await HasEffects(stream, 1, 2);
        var healed = await Reconciles();
        Assert.Equal((2L, 0L), (healed["handled"]!.GetValue<long>(), healed["quarantined"]!.GetValue<long>()));
    }

    [Fact]
    public async Task Promise_8_the_sums_agree_whatever_became_of_each_message()
    {
        Recorder.Before = m =>
        {
            if (m.Number == 200)
                throw new DomainRuleException("it is over the limit");
            if (m.Number >= 300)
                throw new InvalidOperationException("it is poison");
        };
        var (broken, first) = (NewStream(), await Start(sends: false));
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.history where done"), "histories read");
        await Append(first, broken, 1);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from log.positions"), "positions given");
        await ComesBroken(broken);
        await Service.Execute("insert into log.relayed (last_position, first_position, topic, partition, positions, offsets) values (1, 1, '', -1, '{}', '{}')");
        await TestService.Stop(first);

        var host = await Start();
        await Append(host, NewStream(), 1, 2, 3); // handled
        await host.Services.GetRequiredService<EventLog>().Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Mentioned(1))], [], Ct); // without handler
        await Append(host, NewStream(), 200); // refused
        await Append(host, NewStream(), 300);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        await Post(Subscription + "/skip", new { all = true }); // skipped
        await Append(host, NewStream(), 301, 1, 2); // dead, and two behind it
        await Eventually.Equal(2L, () => CountParked("parked"), "parked");
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        await EventDriven.Setup.Databases.BeginNewIncarnation(Running.Postgres, Service.Name);
        await Append(host, NewStream(), 1, 2); // wait for an operator
        await Eventually.Equal(2L, () => CountParked("waiting"), "waiting");

        var line = await Reconciles();
        Assert.Equal((12L, 3L, 1L, 2L, 1L), (Of("published"), Of("handled"), Of("withoutHandler"), Of("parked"), Of("dead")));
        Assert.Equal((1L, 1L, 1L, 2L), (Of("refused"), Of("skipped"), Of("quarantined"), Of("waiting")));
        Assert.Equal(12, line["cut"]!.GetValue<long>());

        long Of(string outcome) => line[outcome]!.GetValue<long>();
    }

    /// <summary>The first message of a stream of this service comes to the topic with an id that is none.</summary>
    private async Task ComesBroken(StreamName stream)
    {
        var logId = (await Service.Rows("select log_id from log.incarnations", r => r.GetGuid(0))).Single();
        await Produce(
        [
            ("ce_id", "broken"u8.ToArray()), ("ce_source", Bytes("/" + Service.Name)), ("ce_type", Bytes($"{Service.Name}.happened.v1")),
            ("ce_logid", Bytes(logId.ToString())), ("ce_subject", Bytes(stream.ToString())), ("ce_sequence", Bytes("0000000000000000001")),
        ]);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.quarantined"), "quarantined");
    }

    private async Task Produce((string Name, byte[] Value)[] headers)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Running.Kafka }).Build();
        Headers all = [];
        foreach (var (name, value) in headers)
            all.Add(name, value);
        await producer.ProduceAsync(Service.Topic, new() { Key = "noise", Value = """{"number":1}"""u8.ToArray(), Headers = all }, Ct);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
