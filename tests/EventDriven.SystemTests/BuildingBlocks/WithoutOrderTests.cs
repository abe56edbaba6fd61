using System.Text;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Subscriptions.Healing;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>Messages without a stream, or of a type that has given up its order: each is known by its id.</summary>
[Collection("broker at hand")]
public sealed class WithoutOrderTests(BrokerAtHand system) : SubscriptionTest(system)
{
    [Fact]
    public async Task Promise_2_a_message_without_order_that_comes_again_has_no_second_effect()
    {
        var host = await StartWithout();
        var stream = NewStream();
        await Mention(host, stream, 1, 2, 3);
        await Seen(1, 2, 3);
        await Eventually.Equal(3L, () => Service.Scalar("select relayed from log.progress"), "relayed");

        await Service.Execute("delete from log.relayed"); // as after a crash between sending and writing it down
        await Mention(host, stream, 4);
        await Seen(1, 2, 3, 4);
        await Eventually.Get(() => Service.Scalar("select coalesce(sum(next_offset), 0) from inbox.partitions"), taken => taken >= 7, "messages taken in");
        await Seen(1, 2, 3, 4);
        await Reconciles();
    }

    [Fact]
    public async Task One_that_fails_or_is_dead_holds_no_other_of_its_stream_up_and_leaves_no_hole_in_its_order()
    {
        var isBroken = true;
        Recorder.Before = m => Assert.False(m.Number == 1 && isBroken, "it is broken");
        var host = await StartWithout();
        var stream = NewStream();
        await Mention(host, stream, 1, 2);
        await Append(host, stream, 3);
        await Mention(host, stream, 4);
        await Append(host, stream, 5);

        await Seen(2, 3, 4, 5);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        Assert.Equal([3, 5], (await Effects(stream)).Where(n => n is 3 or 5)); // what has an order has it
        await Reconciles();

        isBroken = false;
        await Post(Subscription + "/redrive", new { messageIds = await DeadLetters() });
        await Seen(1, 2, 3, 4, 5);
        await Eventually.Equal(stream.ToString(), () => Service.Rows("select distinct stream from effects", row => row.GetString(0)).ContinueWith(t => t.Result.Single(), TaskScheduler.Default), "the handler was told the stream");
        await Reconciles();
    }

    [Fact]
    public async Task A_message_from_somewhere_without_a_log_and_without_a_stream_is_handled_once()
    {
        var host = await StartWithout();
        var (id, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Produce(id, 7);
        await Produce(id, 7);
        await Produce(other, 8);
        await Append(host, NewStream(), 9);
        await Seen(7, 8, 9);
        await Eventually.Equal(4L, () => Service.Scalar("select sum(next_offset) from inbox.partitions"), "messages taken in");
        await Seen(7, 8, 9);
        Assert.Equal(0, await Service.Scalar("select count(*) from inbox.quarantined"));
    }

    [Fact]
    public async Task One_that_names_its_stream_and_not_its_place_there_is_quarantined_where_its_type_has_an_order()
    {
        var host = await StartWithout();
        await Produce(Guid.CreateVersion7(), 7, subject: NewStream().ToString());
        await Append(host, NewStream(), 8);
        await Seen(8);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.quarantined where reason like '%ce_sequence%'"), "quarantined");
    }

    [Fact]
    public async Task What_is_older_than_the_window_is_forgotten_and_still_in_the_sums()
    {
        Recorder.Before = m => Assert.False(m.Number == 2, "it is broken");
        var host = await StartWithout();
        var stream = NewStream();
        await Mention(host, stream, 1, 2, 3);
        await Append(host, stream, 4);
        await Seen(1, 3, 4);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        await Reconciles();
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from inbox.history where not done"), "histories to read"); // they bring all again

        var table = new SetAside(Service.Name, host.Services.GetRequiredService<NpgsqlDataSource>());
        Assert.Equal(0, await table.Forget(TimeSpan.FromDays(14), Ct));
        await Service.Execute("update inbox.marks set alone_since = alone_since - interval '15 days'");
        await table.Forget(TimeSpan.FromDays(14), Ct);

        Assert.Equal(2, await Service.Scalar("select count(*) from inbox.marks")); // of the stream, and of the dead one
        await Reconciles();
        await Mention(host, stream, 5);
        await Seen(1, 3, 4, 5);
        await Reconciles();
    }

    private Task<IHost> StartWithout() => Start(subscription => subscription.Handle<Mentioned, MentionedHandler>());

    private static async Task Mention(IHost host, StreamName stream, params int[] numbers)
    {
        foreach (var number in numbers)
            await host.Services.GetRequiredService<EventLog>().Append(stream, ExpectedVersion.Any, Cause.Begin(), [new(new Mentioned(number))], [], Ct);
    }

    /// <summary>These numbers have had their effect once each, in whichever order.</summary>
    private Task Seen(params int[] numbers) => Eventually.Equal(string.Join(", ", numbers),
        async () => string.Join(", ", (await Service.Rows("select number from effects", row => row.GetInt32(0))).Order()), "effects");

    /// <summary>As somebody sends it who knows CloudEvents and nothing of logs.</summary>
    private async Task Produce(Guid id, int number, string? subject = null)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = Running.Kafka }).Build();
        Headers headers = [];
        headers.Add("ce_specversion", "1.0"u8.ToArray());
        headers.Add("ce_id", Encoding.UTF8.GetBytes(id.ToString()));
        headers.Add("ce_source", "/elsewhere"u8.ToArray());
        headers.Add("ce_type", Encoding.UTF8.GetBytes($"{Service.Name}.happened.v1"));
        if (subject is not null)
            headers.Add("ce_subject", Encoding.UTF8.GetBytes(subject));
        await producer.ProduceAsync(Service.Topic, new() { Value = Encoding.UTF8.GetBytes($$"""{"number":{{number}}}"""), Headers = headers }, Ct);
    }

    private sealed class MentionedHandler(Recorder recorder) : IMessageHandler<Mentioned>
    {
        public Task Handle(Mentioned message, MessageContext context, CancellationToken ct)
        {
            recorder.Before(new(message.Number));
            context.Execute(new("insert into effects (stream, number) values ($1, $2)", context.Stream.ToString(), message.Number));
            return Task.CompletedTask;
        }
    }
}
