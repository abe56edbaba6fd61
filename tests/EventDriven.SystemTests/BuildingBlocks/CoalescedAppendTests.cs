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

    private Task<AppendResult> Append(StreamName stream, ExpectedVersion expected, int number) =>
        _log.Append(stream, expected, Cause.Begin(), [new(new Happened(number))], [Effect(stream, number)], Ct);

    private static Sql Effect(StreamName stream, int number) => new("insert into effects (stream, number) values ($1, $2)", stream.ToString(), number);

    private static StreamName NewStream() => new("thing", Guid.CreateVersion7());
}
