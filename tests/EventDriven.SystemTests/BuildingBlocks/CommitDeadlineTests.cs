using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>
/// What is asked as of a recorded time older than 10 s is answered the same for ever: an event that was recorded then is committed soon
/// after, or never.
/// </summary>
[Collection("in-memory broker")]
public sealed class CommitDeadlineTests(InMemorySystem system) : SystemTest(system)
{
    private TestService _service = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
    }

    public override async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Promise_6_a_transaction_is_not_committed_more_than_4_s_after_its_first_append()
    {
        var clock = new FakeTimeProvider();
        var log = Log(await _service.Start(b => b.Services.AddSingleton<TimeProvider>(clock), relays: false));
        await Commit(beforeAppend: TimeSpan.FromSeconds(60), afterAppend: TimeSpan.FromSeconds(4));
        Assert.Equal(1, await Events());

        var late = await Assert.ThrowsAsync<CommitTooLateException>(() => Commit(beforeAppend: TimeSpan.Zero, afterAppend: TimeSpan.FromSeconds(4.1)));
        Assert.True(PostgresSession.IsRace(late)); // run again, it may be faster
        Assert.Equal(1, await Events());

        async Task Commit(TimeSpan beforeAppend, TimeSpan afterAppend)
        {
            await using var transaction = await log.Begin(Ct);
            clock.Advance(beforeAppend);
            await transaction.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1))], Ct);
            clock.Advance(afterAppend);
            await transaction.Commit(Ct);
        }
    }

    [Fact]
    public async Task Promise_6_a_shared_commit_whose_statements_take_too_long_fails_for_the_slow_caller_alone()
    {
        var log = Log(await _service.Start(relays: false));
        var slow = log.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1))], [new("select pg_sleep(4.5)")], Ct);
        var quick = Enumerable.Range(0, 5).Select(n => log.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(n))], [], Ct)).ToArray();

        Assert.True(PostgresSession.IsRace(await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(() => slow)));
        await Task.WhenAll(quick);
        Assert.Equal(quick.Length, await Events());
    }

    [Fact]
    public async Task Promise_6_an_append_that_had_to_wait_for_its_stream_is_recorded_when_it_had_it()
    {
        var log = Log(await _service.Start(relays: false));
        var stream = NewStream();
        await log.Append(stream, ExpectedVersion.NoStream, Cause.Begin(), [new(new Happened(1))], [new("select 1")], Ct); // its head is known from now on
        await using var holder = await log.Begin(Ct);
        await holder.Execute(new("select 1 from log.streams where stream = $1 for update", stream.ToString()), Ct);

        var waits = log.Append(stream, ExpectedVersion.Exactly(0), Cause.Begin(), [new(new Happened(2))], [], Ct);
        await Task.Delay(TimeSpan.FromSeconds(4.3), Ct); // the database's clock is what counts here
        await holder.DisposeAsync();
        await waits;
        Assert.InRange(await _service.Scalar("select extract(epoch from clock_timestamp() - max(recorded_at)) from log.events"), 0, 3);
    }

    [Fact]
    public async Task Promise_6_a_subscriptions_transaction_that_comes_too_late_is_run_again_and_spends_no_attempt()
    {
        var slowness = new Slowness();
        var host = await _service.Start(b =>
        {
            b.Services.AddSingleton(slowness);
            b.AddSubscription(_service.Name, _service.Types).Handle<Happened, SlowOnce>();
        });
        await Log(host).Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1))], [], Ct);

        await Eventually.Equal(1L, () => _service.Scalar($"select count(*) from log.events where type = '{_service.Name}.noted.v1'"), "what the handler appends");
        Assert.Equal(2, slowness.Tries);
        Assert.Equal(0, await _service.Scalar("select count(*) from inbox.parked"));
    }

    private Task<long> Events() => _service.Scalar($"select count(*) from log.events where type = '{_service.Name}.happened.v1'");

    private static EventLog Log(IHost host) => host.Services.GetRequiredService<EventLog>();

    private static StreamName NewStream() => new("thing", Guid.CreateVersion7());

    private sealed class Slowness
    {
        public int Tries { get; set; }
    }

    /// <summary>Takes its time between its append and the commit, the first time.</summary>
    private sealed class SlowOnce(Slowness slowness) : IMessageHandler<Happened>
    {
        public Task Handle(Happened message, MessageContext context, CancellationToken ct)
        {
            context.Append(context.Stream, ExpectedVersion.Any, new NewEvent(new Noted(message.Number)));
            return context.Query(new("select pg_sleep($1)", slowness.Tries++ == 0 ? 4.5 : 0), _ => 0, ct);
        }
    }
}
