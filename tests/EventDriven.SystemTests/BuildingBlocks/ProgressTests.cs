using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>What a service says of how far it is: as metrics, as health, and to an operator.</summary>
[Collection("broker at hand")]
public sealed class ProgressTests(BrokerAtHand system) : SubscriptionTest(system)
{
    private const string Lag = "eventdriven.subscription.lag", Age = "eventdriven.subscription.oldest.age";

    [Fact]
    public async Task A_paused_subscription_says_how_much_waits_and_for_how_long_the_oldest_of_it()
    {
        using var instruments = new Instruments(of: Service.Name);
        var host = await Start();
        var stream = NewStream();
        await Append(host, stream, 1);
        await HasEffects(stream, 1);
        await Post(Subscription + "/pause");
        await Eventually.Get(() => Get(Subscription), s => s["state"]!.GetValue<string>() == "paused", "it shows");
        await Task.Delay(TimeSpan.FromSeconds(4), Ct); // an age that is counted from what was handled before would be too high
        await Append(host, stream, 2, 3, 4);

        var behind = await Eventually.Get(() => Get(Subscription), s => s["lag"]!.GetValue<long>() == 3 && s["oldestUnhandledSeconds"] is not null, "it says what waits");
        var waits = (await Service.Rows("select extract(epoch from clock_timestamp() - min(recorded_at))::float8 from log.events where version = 1", r => r.GetDouble(0))).Single();
        Assert.InRange(behind["oldestUnhandledSeconds"]!.GetValue<double>(), 0, waits + 0.1);
        Assert.Equal(3, instruments.Of(Lag));
        await Eventually.See(() => instruments.Of(Age), age => age > 2, "it grows older");

        await Post(Subscription + "/resume");
        await HasEffects(stream, 1, 2, 3, 4);
        await Eventually.See(() => (instruments.Of(Lag), instruments.Of(Age)), s => s == (0, 0), "nothing waits");
    }

    [Fact]
    public async Task A_message_in_hand_is_as_old_as_its_publication()
    {
        using var goOn = new ManualResetEventSlim();
        using var instruments = new Instruments(of: Service.Name);
        Recorder.Before = _ => goOn.Wait(Ct);
        var host = await Start();
        await Append(host, NewStream(), 1);
        await Eventually.See(() => instruments.Of(Age), age => age is > 1 and < 30, "it grows older");
        goOn.Set();
        await Eventually.See(() => instruments.Of(Age), age => age == 0, "nothing waits");
    }

    [Fact]
    public async Task What_is_set_aside_is_counted_and_degrades_the_health_until_it_is_settled()
    {
        using var instruments = new Instruments(of: Service.Name);
        Recorder.Before = m => { if (m.Number == 2) throw new InvalidOperationException("it is poison"); };
        var host = await Start();
        Assert.Equal(HealthStatus.Healthy, await Health(host));
        await Append(host, NewStream(), 1, 2, 3, 4);

        await Eventually.See(() => (instruments.Of("eventdriven.subscription.dead"), instruments.Of("eventdriven.subscription.parked")), s => s == (1, 2), "dead and parked are counted");
        Assert.True(instruments.Of(Age) > 0);
        await Eventually.Get(() => Health(host), h => h == HealthStatus.Degraded, "the health says so");
        await Post(Subscription + "/skip", new { all = true });
        await Eventually.See(() => (instruments.Of("eventdriven.subscription.dead"), instruments.Of("eventdriven.subscription.parked")), s => s == (0, 0), "nothing is set aside");
        await Eventually.Get(() => Health(host), h => h == HealthStatus.Healthy, "the health says so");
        await Eventually.See(() => instruments.Of(Age), age => age == 0, "nothing waits");
    }

    [Fact]
    public async Task A_gap_is_counted_and_degrades_the_health_until_it_is_healed()
    {
        using var instruments = new Instruments(of: Service.Name);
        var host = await Start();
        var stream = NewStream();
        await Produce(stream, 3, $"{Service.Name}.happened.v1");

        await Eventually.See(() => (instruments.Of("eventdriven.subscription.gaps"), instruments.Of("eventdriven.subscription.waiting")), s => s == (1, 1), "the gap is counted");
        await Eventually.Get(() => Health(host), h => h == HealthStatus.Degraded, "the health says so");
        await Post(Subscription + "/skip", new { gap = new { topic = Service.Topic, source = "/elsewhere", stream = stream.ToString() } });
        await HasEffects(stream, 1);
        await Eventually.See(() => instruments.Of("eventdriven.subscription.waiting"), n => n == 0, "nothing waits");
        await Eventually.Get(() => Health(host), h => h == HealthStatus.Healthy, "the health says so");
    }

    [Fact]
    public async Task What_the_relay_has_not_passed_is_counted_with_its_age_and_told_to_an_operator()
    {
        using var instruments = new Instruments(of: "/" + Service.Name);
        var host = await Service.Start(sends: false);
        await Append(host, NewStream(), 1, 2, 3);

        await Eventually.See(() => instruments.Of("eventdriven.log.unrelayed.count"), n => n == 3, "it is counted");
        await Eventually.See(() => instruments.Of("eventdriven.log.unrelayed.age"), age => age > 3, "it grows older");
        Assert.Equal((0, 0), (instruments.Of("eventdriven.log.unsequenced.count"), instruments.Of("eventdriven.log.unsequenced.age")));
        var log = await Get("/control/log");
        Assert.Equal((3L, 0L, 3L), (log["position"]!.GetValue<long>(), log["relayed"]!.GetValue<long>(), log["unrelayed"]!.GetValue<long>()));
        Assert.True(log["oldestUnrelayedSeconds"]!.GetValue<double>() > 0);
    }

    [Fact]
    public async Task A_look_at_what_waits_for_a_position_reads_nothing_of_what_has_one_however_long_the_log_is()
    {
        const int events = 20_000;
        await Service.Start(relays: false);
        await Service.Execute($"""
            insert into log.events (log_id, stream, version, type, message_id, correlation_id, recorded_at, effective_at, data, previous_hash, hash)
            select log_id, 'thing-' || n, 0, 'noted', gen_random_uuid(), gen_random_uuid(), now(), now(), '', '', ''
            from log.incarnations, generate_series(1, {events}) n
            """);
        await Eventually.Get(() => Service.Rows("select position from log.progress", r => r.GetInt64(0)), position => position.Single() == events, "all have a position");
        await Service.Execute("analyze log.events, log.positions");

        var plan = await Service.Rows("explain select count(*), min(recorded_at) from log.unsequenced", r => r.GetString(0));
        Assert.Contains(plan, line => line.Contains("events_pkey", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on positions", StringComparison.Ordinal) || line.Contains("Seq Scan on events", StringComparison.Ordinal));
    }

    [Fact]
    public async Task However_much_waits_only_so_much_is_in_hand()
    {
        const int streams = 400, lanes = 2, batch = 5;
        using var goOn = new ManualResetEventSlim();
        Recorder.Before = _ => goOn.Wait(Ct);
        var host = await Service.Start(b =>
        {
            b.Configuration["Messaging:Lanes"] = $"{lanes}";
            b.Configuration["Messaging:BatchSize"] = $"{batch}";
            TestService.Subscribe(b, Service.Name, Service.Types, Recorder);
        });
        for (var i = 0; i < streams; i++)
            await Append(host, NewStream(), i);

        var worker = host.Services.GetRequiredService<SubscriptionWorker>();
        await Eventually.See(() => worker.Partitions.Sum(p => p.End - (p.Claim.Next ?? 0)), lag => lag == streams, "it knows of all of them");
        Assert.InRange(worker.Partitions.Sum(p => p.Claim.InFlight), 1, lanes * batch * 2 + 50); // it looks at this every 50 messages
        goOn.Set();
        await Eventually.Equal((long)streams, () => Service.Scalar("select count(*) from effects"), "effects", TimeSpan.FromSeconds(60));
        await Reconciles();
    }
}
