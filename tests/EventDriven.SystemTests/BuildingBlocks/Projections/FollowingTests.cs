using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.Log;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.BuildingBlocks.Projections;

/// <summary>Projections follow the log in its order, each event once, and say how far they are.</summary>
[Collection("in-memory broker")]
public sealed class FollowingTests(InMemorySystem system) : ProjectionTest(system)
{
    [Fact]
    public async Task Events_are_taken_in_once_and_in_their_order_under_concurrent_writers()
    {
        var host = await Start(new Lines());
        await AppendMany(host, [.. Enumerable.Range(0, 8).Select(_ => NewStream())], each: 40);
        await CaughtUp("lines");

        Assert.Equal(320, await Service.Scalar("select count(*) from read.lines"));
        await AssertLines();
    }

    [Fact]
    public async Task A_projection_that_comes_later_takes_in_the_whole_log()
    {
        var before = await Start();
        await AppendMany(before, [.. Enumerable.Range(0, 8).Select(_ => NewStream())], each: 200);
        await before.StopAsync(Ct);

        await Start(new Lines());
        await CaughtUp("lines");
        Assert.Equal(1_600, await Service.Scalar("select count(*) from read.lines"));
        await AssertLines();
    }

    [Fact]
    public async Task Events_that_were_committed_late_or_lie_far_apart_or_are_big_are_read_in_the_logs_order_too()
    {
        var before = await Start();
        await using (var late = await Log(before).Begin(Ct))
        {
            await late.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1)), new(new Happened(2))], Ct);
            await Append(before, NewStream(), [.. Enumerable.Range(0, 300)]); // have higher ids, and are committed and sequenced first
            await Eventually.Equal(300L, () => Service.Scalar("select count(*) from log.positions"), "positions given");
            await late.Commit(Ct);
        }
        await Append(before, NewStream(), [.. Enumerable.Range(0, 300)]);
        await Service.Execute("select setval(pg_get_serial_sequence('log.events', 'id'), 1000000)");
        await Append(before, NewStream(), [.. Enumerable.Range(0, 300)]);
        await Service.Execute("select setval(pg_get_serial_sequence('log.events', 'id'), 2000000)");
        for (var n = 0; n < 40; n++)
            await Log(before).Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(n, new string('x', 300_000)))], [], Ct);
        await Append(before, NewStream(), [.. Enumerable.Range(0, 300)]);
        await Eventually.Equal(1_242L, () => Service.Scalar("select count(*) from log.positions"), "positions given");
        await before.StopAsync(Ct);

        await Start(new Lines(), new Totals());
        await CaughtUp("lines");
        await CaughtUp("totals");
        await AssertLines();
        Assert.Equal(1_242, await Service.Scalar("select sum((document ->> 'count')::int) from read.totals"));
    }

    [Fact]
    public async Task Documents_come_to_the_same_as_statements_whether_they_follow_or_are_built_at_once()
    {
        var host = await Start(new Sums(), new Totals());
        await AppendMany(host, [.. Enumerable.Range(0, 16).Select(_ => NewStream())], each: 30);
        await CaughtUp("sums");
        await CaughtUp("totals");

        Assert.Equal(16, await Service.Scalar("select count(*) from read.totals"));
        Assert.Equal(0, await Service.Scalar("""
            select count(*) from read.sums s full join read.totals t on t.key = s.stream
            where (s.sum, s.count) is distinct from (t.sum, (t.document ->> 'count')::bigint)
            """));
    }

    [Fact]
    public async Task A_reader_can_wait_for_its_own_write_whichever_process_it_asks()
    {
        var holder = await Start(new Lines());
        var other = await Start(new Lines());
        foreach (var (writer, reader) in new[] { (holder, holder), (other, other), (holder, other), (other, holder) })
        {
            for (var n = 0; n < 10; n++)
            {
                var (one, two) = (await Append(writer, NewStream(), n, n), await Append(writer, NewStream(), n));
                await ReadModels(reader).WaitFor("lines", $"{one},{two}", Ct);
                Assert.Equal(3, await Service.Scalar("select count(*) from read.lines where stream in ($1, $2)", one.Split(':')[0], two.Split(':')[0]));
            }
        }
    }

    [Fact]
    public async Task A_reader_waits_only_so_long_and_is_told_so()
    {
        var host = await Start(); // nobody runs the projection
        var write = await Append(host, NewStream(), 1);
        var behind = await Assert.ThrowsAsync<ReadModelBehindException>(() => ReadModels(host).WaitFor("lines", write, Ct, TimeSpan.FromMilliseconds(300)));
        Assert.False(behind.Stands);
    }

    [Theory]
    [InlineData("thing", false)]
    [InlineData("thing-0199c0de-0000-7000-8000-000000000001", false)]
    [InlineData("thing-0199c0de-0000-7000-8000-000000000001:-1", false)]
    [InlineData("thing-0199c0de-0000-7000-8000-000000000001:0,", false)]
    [InlineData("thing-0199c0de-0000-7000-8000-000000000001:0", true)]
    public async Task A_write_that_is_badly_named_or_was_never_made_is_not_waited_for(string includes, bool isUnknown)
    {
        var host = await Start(new Lines());
        var refused = await Assert.ThrowsAsync<IncludesException>(() => ReadModels(host).WaitFor("lines", includes, Ct));
        Assert.Equal(isUnknown, refused.IsUnknown);
    }
}
