using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>What becomes of messages that fail, and of those behind them.</summary>
[Collection("broker at hand")]
public sealed class FailureTests(BrokerAtHand system) : SubscriptionTest(system)
{
    [Fact]
    public async Task Promise_3_a_failing_message_holds_up_its_own_stream_only_and_order_is_kept()
    {
        var failures = 0;
        var (failing, other) = (NewStream(), NewStream());
        using var othersAreDone = new ManualResetEventSlim();
        Recorder.Before = m => { if (m.Number == 2 && (Interlocked.Increment(ref failures) < 3 || !othersAreDone.IsSet)) throw new InvalidOperationException("not yet"); };
        var host = await Start();
        await Append(host, failing, 1, 2, 3);
        await Append(host, other, 11, 12, 13);

        await HasEffects(other, 11, 12, 13);
        await HasEffects(failing, 1);
        othersAreDone.Set();
        var dead = await Eventually.Get(async () => (Effects: await Effects(failing), Dead: await CountParked("dead")), s => s.Effects.Count == 3 || s.Dead == 1, "it went through or spent its attempts");
        if (dead.Dead == 1)
            await Post(Subscription + "/redrive", new { all = true });
        await HasEffects(failing, 1, 2, 3);
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from inbox.parked"), "set aside");
        await Append(host, failing, 4);
        await HasEffects(failing, 1, 2, 3, 4);
        await Reconciles();
    }

    [Fact]
    public async Task A_message_without_attempts_left_is_a_dead_letter_and_a_redrive_runs_it_and_what_is_behind_it_in_order()
    {
        var stream = NewStream();
        Recorder.Before = m => { if (m.Number == 2) throw new InvalidOperationException("it is poison"); };
        var host = await Start();
        await Append(host, stream, 1, 2, 3, 4);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        await Eventually.Equal(2L, () => CountParked("parked"), "parked behind it");

        var letter = (await Get(Subscription + "/dead-letters")).AsArray().Single()!;
        Assert.Equal((3, "InvalidOperationException: it is poison", 2L, 2L), (letter["attempts"]!.GetValue<int>(), letter["cause"]!.GetValue<string>(), letter["behind"]!.GetValue<long>(), letter["sequence"]!.GetValue<long>()));
        Assert.Equal(Service.Topic, letter["topic"]!.GetValue<string>());
        await Reconciles();

        Recorder.Before = _ => { };
        var (_, preview) = await Post(Subscription + "/redrive?preview=true", new { all = true });
        Assert.Equal([2, 3, 4], preview!["runs"]!.AsArray().Select(r => r!["sequence"]!.GetValue<long>()));
        Assert.Equal(1, await CountParked("dead"));
        await Post(Subscription + "/redrive", new { all = true }, actor: "account-7");
        await HasEffects(stream, 1, 2, 3, 4);
        await Reconciles();
        var audit = (await Get("/control/audit")).AsArray().Single()!;
        Assert.Equal(("account-7", "redrive"), (audit["who"]!.GetValue<string>(), audit["action"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_skipped_message_lets_its_stream_go_on_and_a_later_redrive_of_it_asks_for_consent()
    {
        var stream = NewStream();
        Recorder.Before = m => { if (m.Number == 2) throw new InvalidOperationException("it is poison"); };
        var host = await Start();
        await Append(host, stream, 1, 2, 3);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        var messageIds = await DeadLetters();

        await Post(Subscription + "/skip", new { messageIds });
        await HasEffects(stream, 1, 3);
        await Reconciles();
        Recorder.Before = _ => { };
        var (status, problem) = await Post(Subscription + "/redrive", new { messageIds });
        Assert.Equal((HttpStatusCode.Conflict, "/problems/out-of-order"), (status, problem!["type"]!.GetValue<string>()));
        await Post(Subscription + "/redrive", new { messageIds, outOfOrder = true });
        await HasEffects(stream, 1, 3, 2);
        await Reconciles();
    }

    [Fact]
    public async Task An_operator_who_is_ended_by_a_deadlock_with_a_batch_succeeds_in_the_next_try_and_is_recorded_once()
    {
        var stream = NewStream();
        Recorder.Before = m => { if (m.Number == 2) throw new InvalidOperationException("it is poison"); };
        await Service.Execute($"alter role {Service.Name} set deadlock_timeout = '4s'"); // looks when the batch waits as well, and before its lock_timeout of 5 s
        var host = await Start();
        await Append(host, stream, 1, 2, 3);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");

        // A batch sets messages aside before it moves marks; an operator locks the marks first. This one never gives way.
        await using var batch = new NpgsqlConnection(Service.Superuser);
        await batch.OpenAsync(Ct);
        await Execute("begin; set deadlock_timeout = '1h'; update inbox.parked set attempts = attempts where state = 'dead'");
        var skip = Post(Subscription + "/skip", new { all = true });
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"), "waiting for the message");
        await Execute("update inbox.marks set blocked = blocked; rollback");

        Assert.Equal(HttpStatusCode.OK, (await skip).Status);
        await Eventually.Equal(1L, () => Service.Scalar("select deadlocks from pg_stat_database where datname = current_database()"), "deadlocks");
        await HasEffects(stream, 1, 3);
        Assert.Single((await Get("/control/audit")).AsArray());

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, batch);
            await command.ExecuteNonQueryAsync(Ct);
        }
    }

    [Fact]
    public async Task Dead_letters_of_many_streams_are_redriven_and_skipped_in_bulk_as_the_preview_says()
    {
        var streams = Enumerable.Range(0, 4).Select(_ => NewStream()).OrderBy(s => s.ToString(), StringComparer.Ordinal).ToArray();
        var isPoison = true;
        Recorder.Before = m => { if (m.Number is 2 or 4 && isPoison) throw new InvalidOperationException("it is poison"); };
        var host = await Start();
        foreach (var stream in streams)
            await Append(host, stream, 1, 2, 3, 4, 5);
        await Eventually.Equal(4L, () => CountParked("dead"), "dead letters");
        await Eventually.Equal(12L, () => CountParked("parked"), "parked behind them");

        // Skipping the first of two poisons lets the second one die in its turn.
        var (_, preview) = await Post(Subscription + "/skip?preview=true", new { all = true });
        Assert.Equal(streams.Select(s => $"{s} 2"), Runs(preview!["skips"]!));
        Assert.Equal(4, await CountParked("dead"));
        await Post(Subscription + "/skip", new { all = true });
        foreach (var stream in streams)
            await HasEffects(stream, 1, 3);
        await Eventually.Equal(4L, () => CountParked("dead"), "dead letters");
        await Reconciles();

        isPoison = false;
        (_, preview) = await Post(Subscription + "/redrive?preview=true", new { all = true });
        Assert.Equal(streams.SelectMany(s => (string[])[$"{s} 4", $"{s} 5"]), Runs(preview!["runs"]!));
        Assert.Equal([true, false], preview["runs"]!.AsArray().Take(2).Select(r => r!["chosen"]!.GetValue<bool>()));
        Assert.All(preview["runs"]!.AsArray(), r => Assert.False(r!["laterApplied"]!.GetValue<bool>()));
        await Post(Subscription + "/redrive", new { all = true });
        foreach (var stream in streams)
            await HasEffects(stream, 1, 3, 4, 5);

        // What was skipped may run after all, later than what came after it, and the preview says so.
        var skipped = await Service.Rows("select message_id from inbox.parked where state = 'skipped'", r => r.GetGuid(0));
        (_, preview) = await Post(Subscription + "/redrive?preview=true", new { messageIds = skipped });
        Assert.Equal(streams.Select(s => $"{s} 2"), Runs(preview!["runs"]!));
        Assert.All(preview["runs"]!.AsArray(), r => Assert.True(r!["laterApplied"]!.GetValue<bool>()));
        await Reconciles();

        static IEnumerable<string> Runs(JsonNode plan) => plan.AsArray().Select(r => $"{r!["stream"]} {r["sequence"]}");
    }

    [Fact]
    public async Task A_statement_that_the_database_refuses_costs_its_own_message_only()
    {
        var streams = Enumerable.Range(0, 20).Select(_ => NewStream()).ToArray();
        Recorder.Also = (m, context) => { if (m.Number == 7) context.Execute(new("insert into effects (stream, number) values (null, 0)")); };
        var host = await Start(sends: false);
        for (var i = 0; i < streams.Length; i++)
            await Append(host, streams[i], i);

        await Eventually.Equal(19L, () => Service.Scalar("select count(*) from effects"), "effects");
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        Assert.Empty(await Effects(streams[7]));
        await Reconciles();
    }

    [Fact]
    public async Task A_refused_message_is_recorded_with_its_reason_and_its_stream_goes_on()
    {
        var stream = NewStream();
        Recorder.Before = m => { if (m.Number == 2) throw new DomainRuleException("two is one too many"); };
        var host = await Start();
        await Append(host, stream, 1, 2, 3);

        await HasEffects(stream, 1, 3);
        Assert.Equal("two is one too many", (await Service.Rows("select cause from inbox.parked where state = 'refused'", r => r.GetString(0))).Single());
        await Reconciles();
    }

    [Fact]
    public async Task A_dependency_that_is_down_pauses_the_subscription_and_spends_no_attempt()
    {
        var stream = NewStream();
        var isDown = true;
        Recorder.Before = _ => { if (isDown) throw new DependencyUnavailableException("The mail server", new TimeoutException("no answer")); };
        var host = await Start();
        await Append(host, stream, 1, 2);

        await Eventually.Get(() => Get(Subscription), s => s["state"]!.GetValue<string>() == "waiting", "it shows");
        isDown = false;
        await HasEffects(stream, 1, 2);
        Assert.Equal(0, await Service.Scalar("select count(*) from inbox.parked"));
        Assert.Equal(0, await Service.Scalar("select count(*) from inbox.batches where attempts > 1"));
    }

    [Fact]
    public async Task When_stream_after_stream_fails_and_nothing_goes_through_it_is_an_outage_and_nothing_dies()
    {
        const int streams = 60;
        var isDown = true;
        Recorder.Before = _ => { if (isDown) throw new IOException("somewhere, something is broken"); };
        var host = await Start();
        await using (var together = await host.Services.GetRequiredService<EventLog>().Begin(Ct))
        {
            for (var i = 0; i < streams; i++)
                await together.Append(NewStream(), ExpectedVersion.NoStream, Cause.Begin(), [new(new Happened(i))], Ct);
            await together.Commit(Ct);
        }

        await Eventually.Get(() => Get(Subscription), s => s["reason"]?.GetValue<string>().StartsWith("stream after stream fails", StringComparison.Ordinal) == true, "the breaker is open");
        isDown = false;
        await Eventually.Equal((long)streams, () => Service.Scalar("select count(*) from effects"), "effects", TimeSpan.FromSeconds(60));
        Assert.Equal(0, await CountParked("dead"));
        await Reconciles();
    }

    [Fact]
    public async Task Poison_that_is_all_that_is_left_dies_and_is_not_taken_for_an_outage()
    {
        const int poisons = 7; // more than open the breaker
        var isOver = false;
        Dictionary<int, int> tries = [];
        Recorder.Before = m =>
        {
            if (m.Number >= 0)
                return;
            lock (tries)
            {
                if (++CollectionsMarshal.GetValueRefOrAddDefault(tries, m.Number, out _) > 1 && !isOver)
                    throw new DependencyUnavailableException("the others", new TimeoutException("have not all failed once"));
            }
            throw new IOException("it is poison, though it could be something that is broken");
        };
        var host = await Start();
        for (var i = 1; i <= poisons; i++)
        {
            await Append(host, NewStream(), -i);
            await Eventually.Equal((long)i, () => CountParked("failing"), "failing");
            var good = NewStream();
            await Append(host, good, i);
            await HasEffects(good, i);
        }
        isOver = true;
        await Eventually.Equal((long)poisons, () => CountParked("dead"), "dead letters");
        await Reconciles();
    }

    [Fact]
    public async Task A_message_that_nobody_can_read_is_dead_at_once_and_one_of_a_type_nobody_handles_is_counted()
    {
        var (body, version, unknown) = (NewStream(), NewStream(), NewStream());
        await Start();
        var logId = Guid.CreateVersion7();
        await Produce(body, 1, $"{Service.Name}.happened.v1", logId: logId, data: "not json");
        await Produce(version, 1, $"{Service.Name}.happened.v9", logId: logId);
        await Produce(unknown, 1, $"{Service.Name}.forgotten.v1", logId: logId);

        await Eventually.Equal(2L, () => CountParked("dead"), "dead letters");
        Assert.All((await Get(Subscription + "/dead-letters")).AsArray(), d => Assert.Equal(1, d!["attempts"]!.GetValue<int>()));
        await Eventually.Get(() => Get(Subscription), s => s["withoutHandler"]!.GetValue<long>() == 1, "counted");
        Assert.Equal(0, await Service.Scalar("select count(*) from effects"));
    }

    [Fact]
    public async Task A_paused_subscription_takes_in_nothing_until_it_is_resumed_and_both_are_audited()
    {
        var stream = NewStream();
        var host = await Start();
        await Append(host, stream, 1);
        await HasEffects(stream, 1);
        await Post(Subscription + "/pause");
        await Eventually.Get(() => Get(Subscription), s => s["state"]!.GetValue<string>() == "paused", "it shows");
        await Append(host, stream, 2);
        var lagging = await Eventually.Get(() => Get(Subscription), s => s["lag"]!.GetValue<long>() == 1 && s["oldestUnhandledSeconds"] is not null, "it lags");
        Assert.True(lagging["oldestUnhandledSeconds"]!.GetValue<double>() >= 0);
        Assert.Equal([1], await Effects(stream));

        await Post(Subscription + "/resume");
        await HasEffects(stream, 1, 2);
        Assert.Equal(["resume", "pause"], (await Get("/control/audit")).AsArray().Select(a => a!["action"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_audit_refuses_to_be_changed()
    {
        await Start();
        await Post(Subscription + "/pause");
        foreach (var change in (string[])["update inbox.audit set who = 'nobody'", "delete from inbox.audit", "truncate inbox.audit"])
            Assert.Contains("never changed", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Service.Execute(change))).MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/redrive", "{}", HttpStatusCode.BadRequest)]
    [InlineData("/redrive", """{"messageIds":["0198c0de-0000-7000-8000-000000000000"]}""", HttpStatusCode.NotFound)]
    [InlineData("/skip", """{"gap":{"topic":"t","source":"/s","stream":"x-1"}}""", HttpStatusCode.NotFound)]
    [InlineData("/accept", """{"source":"/nobody"}""", HttpStatusCode.Conflict)]
    [InlineData("/replay", "{}", HttpStatusCode.Conflict)]
    public async Task Promise_9_an_operation_that_does_not_apply_says_why_and_changes_nothing(string verb, string body, HttpStatusCode expected)
    {
        await Start();
        var (status, problem) = await Post(Subscription + verb, JsonNode.Parse(body));
        Assert.Equal(expected, status);
        Assert.NotEmpty(problem!["detail"]!.GetValue<string>());
        Assert.Equal(0, await Service.Scalar("select count(*) from inbox.audit"));
    }
}
