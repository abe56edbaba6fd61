using System.Collections.Concurrent;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>A handler whose effect is outside of the database, as a mail is.</summary>
[Collection("broker at hand")]
public sealed class OutsideEffectTests(BrokerAtHand system) : SubscriptionTest(system)
{
    private readonly Outside _outside = new();

    [Fact]
    public async Task Promise_2_an_outside_effect_happens_again_with_the_same_key_only_if_it_was_not_followed_by_our_commit()
    {
        var (stream, isCut) = (NewStream(), false);
        _outside.After = async m =>
        {
            if (m.Number != 2 || isCut)
                return;
            isCut = true;
            await Service.Execute($"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{Service.Name}'");
        };
        var host = await Service.Start(b =>
        {
            b.Services.AddSingleton(_outside);
            b.AddSubscription(Service.Name, Service.Types).Handle<Happened, SendingHandler>();
        });
        await Append(host, stream, 1, 2, 3);

        await HasEffects(stream, 1, 2, 3);
        Assert.Equal([1, 2, 2, 3], _outside.Happened.Select(h => h.Number));
        Assert.Equal(3, _outside.Happened.Select(h => h.Key).Distinct().Count());
        Assert.Equal(0, await Service.Scalar("select count(*) from inbox.batches where attempts > 1")); // an outage is no failure of the message
        await Reconciles();
    }

    [Fact]
    public async Task One_that_fails_parks_its_stream_and_what_is_behind_it_follows_in_order()
    {
        var (stream, other, fails) = (NewStream(), NewStream(), true);
        _outside.After = m => fails && m.Number == 2 ? throw new InvalidOperationException("it is refused out there") : Task.CompletedTask;
        var host = await Service.Start(b =>
        {
            b.Services.AddSingleton(_outside);
            b.AddSubscription(Service.Name, Service.Types).Handle<Happened, SendingHandler>();
        });
        await Append(host, stream, 1, 2, 3, 4);
        await Append(host, other, 11);
        await HasEffects(other, 11);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        await HasEffects(stream, 1);

        fails = false;
        await Post(Subscription + "/redrive", new { all = true });
        await HasEffects(stream, 1, 2, 3, 4);
        Assert.Equal([1, 3, 4], _outside.Happened.Select(h => h.Number).Where(n => n is 1 or 3 or 4)); // once each: only the failing one was tried again
        await Reconciles();
    }

    [Fact]
    public async Task One_that_the_database_refuses_is_tried_again_though_nothing_else_came_from_its_source()
    {
        var stream = NewStream();
        _outside.IsRefused = true;
        var host = await Service.Start(b =>
        {
            b.Services.AddSingleton(_outside);
            b.AddSubscription(Service.Name, Service.Types).Handle<Happened, SendingHandler>();
        });
        await Append(host, stream, 1);
        await Eventually.Equal(1L, () => CountParked("failing"), "failing messages");

        _outside.IsRefused = false;
        await HasEffects(stream, 1);
        await Reconciles();
    }

    /// <summary>The world outside, which remembers everything.</summary>
    private sealed class Outside
    {
        private readonly ConcurrentQueue<(int Number, Guid Key)> _happened = [];

        public IReadOnlyList<(int Number, Guid Key)> Happened => [.. _happened];

        public Func<Happened, Task> After { get; set; } = _ => Task.CompletedTask;

        /// <summary>Whether what is written down of it is no row that the table takes.</summary>
        public bool IsRefused { get; set; }

        public Task Happen(Happened message, Guid key)
        {
            _happened.Enqueue((message.Number, key));
            return After(message);
        }
    }

    private sealed class SendingHandler(Outside outside) : IMessageHandler<Happened>, IHasOutsideEffect
    {
        public async Task Handle(Happened message, MessageContext context, CancellationToken ct)
        {
            await outside.Happen(message, context.MessageId);
            context.Execute(new("insert into effects (stream, number) values ($1, $2)", outside.IsRefused ? null : context.Stream.ToString(), message.Number));
        }
    }
}
