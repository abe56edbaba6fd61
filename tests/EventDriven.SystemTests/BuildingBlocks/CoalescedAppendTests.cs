using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>Appends that share a commit: together on the way, each alone in its outcome.</summary>
[Collection("in-memory broker")]
public sealed class CoalescedAppendTests(InMemorySystem system) : SystemTest(system)
{
    private TestService _service = null!;
    private EventLog _log = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
        _log = (await _service.Start(relays: false)).Services.GetRequiredService<EventLog>();
    }

    public override async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Concurrent_appends_share_commits_and_their_state_is_there_with_them()
    {
        var streams = Enumerable.Range(0, 20).Select(_ => NewStream()).ToArray();
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Append(streams[n % streams.Length], ExpectedVersion.Any, n)));

        Assert.All(results.GroupBy(r => r.Stream), s => Assert.Equal(Enumerable.Range(0, 10).Select(v => (long)v), s.Select(r => r.Version).Order()));
        Assert.Equal(200, await _service.Scalar("select count(distinct number) from effects"));
        Assert.InRange(await _service.Scalar("select count(distinct xmin::text) from log.events"), 1, 199);
        await Eventually.Equal(200L, () => _service.Scalar("select count(*) from log.positions"), "positions given");
        var events = await _log.Reader.After(0, 300, Ct);
        Assert.All(events.GroupBy(e => e.Stream), s => Assert.Equal(Enumerable.Range(0, 10).Select(v => (long)v), s.Select(e => e.Version)));
    }

    [Fact]
    public async Task A_conflict_answers_its_caller_alone_and_its_statements_do_not_run()
    {
        var contested = NewStream();
        var tasks = Enumerable.Range(0, 50).Select(n => Append(n % 2 == 0 ? contested : NewStream(), ExpectedVersion.NoStream, n)).ToArray();
        await Task.WhenAny(Task.WhenAll(tasks)); // does not throw

        var refused = tasks.Where(t => t.IsFaulted).ToArray();
        Assert.Equal(24, refused.Length); // one of 25 has the stream
        Assert.All(refused, t => Assert.IsType<WrongExpectedVersionException>(t.Exception!.InnerException));
        Assert.Equal(26, await _service.Scalar("select count(*) from effects"));
        Assert.Equal(26, await _service.Scalar("select count(*) from log.events"));
    }

    [Fact]
    public async Task A_failing_statement_is_its_callers_alone_and_leaves_nothing_of_its_step()
    {
        var bad = NewStream();
        var tasks = Enumerable.Range(0, 50).Select(n => n == 25
            ? _log.Append(bad, ExpectedVersion.Any, Cause.Begin(), [new(new Happened(n))], [Effect(bad, n), new("select 1 / 0")], Ct)
            : Append(NewStream(), ExpectedVersion.NoStream, n)).ToArray();
        await Task.WhenAny(Task.WhenAll(tasks)); // does not throw

        Assert.Equal(PostgresErrorCodes.DivisionByZero, Assert.IsType<PostgresException>(tasks[25].Exception!.InnerException).SqlState);
        Assert.Equal([25], tasks.Index().Where(t => t.Item.IsFaulted).Select(t => t.Index));
        Assert.Equal(49, await _service.Scalar("select count(*) from effects"));
        Assert.Equal(49, await _service.Scalar("select count(*) from log.events"));
        Assert.Equal(0, await _service.Scalar("select count(*) from log.streams where stream = $1", bad.ToString()));
    }

    [Fact]
    public async Task An_append_without_statements_needs_none()
    {
        var stream = NewStream();
        Assert.Equal(1, (await _log.Append(stream, ExpectedVersion.NoStream, Cause.Begin(), [new(new Happened(1)), new(new Noted(2))], [], Ct)).Version);
        await Assert.ThrowsAsync<EventTooLargeException>(() => _log.Append(
            stream, ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1, new string('x', EventTooLargeException.MaxBytes)))], [], Ct));
        Assert.Equal(2, (await _log.Reader.Stream(stream, fromVersion: 0, limit: 10, Ct)).Count);
    }

    [Fact]
    public async Task What_it_writes_is_what_the_enlisted_append_writes_and_the_database_finds_every_hash_right()
    {
        var (stream, user) = (NewStream(), Guid.CreateVersion7());
        var rich = new NewEvent(new Noted(1)) { Subject = user, IdempotencyKey = "a key", EffectiveAt = new DateTimeOffset(1999, 12, 31, 23, 59, 59, TimeSpan.FromHours(2)).AddTicks(1_234_567) };
        var caused = new Cause(Guid.CreateVersion7(), Guid.CreateVersion7(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        await _log.Append(stream, ExpectedVersion.NoStream, caused, [new(new Happened(1, "größer 💶")), rich, new(new Happened(2))], [], Ct);
        await using (var enlisted = await _log.Begin(Ct))
        {
            await enlisted.Append(stream, ExpectedVersion.Exactly(2), caused, [rich with { MessageId = Guid.CreateVersion7() }, new(new Mentioned(1)), new(new Happened(3))], Ct);
            await enlisted.Commit(Ct);
        }
        await _log.Append(stream, ExpectedVersion.Exactly(5), Cause.Begin(), [new(new Happened(4)), new(new Mentioned(2)), new(new Noted(2))], [], Ct);

        Assert.Equal(9, await _service.Scalar("select count(*) from log.events e where hash = log.hash_of(e)"));
        Assert.Equal(8, await _service.Scalar(
            "select count(*) from log.events e join log.events before on before.stream = e.stream and before.version = e.version - 1 and before.hash = e.previous_hash and before.recorded_at <= e.recorded_at"));
        Assert.Equal([1, 2, null, 3, 4, null], (await _log.Reader.Stream(stream, fromVersion: 0, limit: 10, Ct)).Where(e => e.Topic is not null).Select(e => e.Sequence));
        Assert.Equal(1, await _service.Scalar("select count(*) from log.streams s join log.events e using (stream, version) where s.hash = e.hash and s.recorded_at = e.recorded_at"));
    }

    [Fact]
    public async Task Two_processes_that_create_the_same_streams_each_hear_which_were_theirs()
    {
        var other = (await _service.Start(relays: false)).Services.GetRequiredService<EventLog>();
        var streams = Enumerable.Range(0, 200).Select(_ => NewStream()).ToArray();
        var tasks = streams.SelectMany((stream, n) => ((EventLog[])[_log, other])
            .Select(log => log.Append(stream, ExpectedVersion.NoStream, Cause.Begin(), [new(new Happened(n))], [Effect(stream, n)], Ct))).ToArray();
        await Task.WhenAny(Task.WhenAll(tasks)); // does not throw

        Assert.All(tasks.Chunk(2), pair => Assert.IsType<WrongExpectedVersionException>(Assert.Single(pair, t => t.IsFaulted).Exception!.InnerException));
        Assert.Equal(200, await _service.Scalar("select count(*) from log.events where version = 0"));
        Assert.Equal(200, await _service.Scalar("select count(*) from effects"));
    }

    [Fact]
    public async Task Processes_that_append_to_the_same_streams_write_one_history_whatever_each_presumes()
    {
        var other = (await _service.Start(relays: false)).Services.GetRequiredService<EventLog>();
        var streams = Enumerable.Range(0, 10).Select(_ => NewStream()).ToArray();
        await Task.WhenAll(((EventLog[])[_log, other]).SelectMany(log => Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var n = 0; n < 40; n++)
                await Append(log, streams[(n + writer) % streams.Length], ExpectedVersion.Any, (writer * 100) + n);
        })));

        Assert.Equal(640, await _service.Scalar("select count(*) from effects"));
        Assert.Equal(640, await _service.Scalar("select count(*) from log.events e where hash = log.hash_of(e)"));
        Assert.Equal(630, await _service.Scalar(
            "select count(*) from log.events e join log.events before on before.stream = e.stream and before.version = e.version - 1 and before.hash = e.previous_hash and before.recorded_at <= e.recorded_at and before.sequence = e.sequence - 1"));
    }

    [Fact]
    public async Task Who_presumes_a_head_that_has_moved_on_hears_the_truth()
    {
        var other = (await _service.Start(relays: false)).Services.GetRequiredService<EventLog>();
        var stream = NewStream();
        await Append(stream, ExpectedVersion.NoStream, 1);
        await Append(stream, ExpectedVersion.Exactly(0), 2);
        await Append(other, stream, ExpectedVersion.Exactly(1), 3);

        Assert.Equal(2, (await Assert.ThrowsAsync<WrongExpectedVersionException>(() => Append(stream, ExpectedVersion.Exactly(1), 4))).ActualVersion);
        Assert.Equal(2, (await Assert.ThrowsAsync<WrongExpectedVersionException>(() => Append(other, stream, ExpectedVersion.NoStream, 4))).ActualVersion);
        Assert.Equal(3, (await Append(stream, ExpectedVersion.Exactly(2), 4)).Version);
        Assert.Equal(4, (await Append(other, stream, ExpectedVersion.Any, 5)).Version);
        Assert.Equal(15, await _service.Scalar("select sum(number) from effects"));
    }

    [Fact]
    public async Task Who_presumes_the_log_from_before_a_restore_appends_to_the_one_after_it()
    {
        await Append(NewStream(), ExpectedVersion.NoStream, 1);
        await Append(NewStream(), ExpectedVersion.NoStream, 2);
        await _service.Execute("insert into log.incarnations default values");
        await Append(NewStream(), ExpectedVersion.NoStream, 3);

        Assert.Equal(1, await _service.Scalar("select count(*) from log.events where log_id = (select log_id from log.incarnations order by number desc limit 1)"));
    }

    private Task<AppendResult> Append(StreamName stream, ExpectedVersion expected, int number) => Append(_log, stream, expected, number);

    private static Task<AppendResult> Append(EventLog log, StreamName stream, ExpectedVersion expected, int number) =>
        log.Append(stream, expected, Cause.Begin(), [new(new Happened(number))], [Effect(stream, number)], Ct);

    private static Sql Effect(StreamName stream, int number) => new("insert into effects (stream, number) values ($1, $2)", stream.ToString(), number);

    private static StreamName NewStream() => new("thing", Guid.CreateVersion7());
}
