using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.Log.Sequencing;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks.Projections;

/// <summary>Each event changes a read model once, whatever becomes of the process, its connections or its lease.</summary>
[Collection("in-memory broker")]
public sealed class OnceTests(InMemorySystem system) : ProjectionTest(system)
{
    [Fact]
    public async Task Processes_that_end_in_the_middle_take_in_nothing_twice_and_leave_nothing_out()
    {
        var first = await Start();
        await AppendMany(first, [.. Enumerable.Range(0, 10).Select(_ => NewStream())], each: 300);
        await first.StopAsync(Ct);
        for (var n = 0; n < 5; n++)
        {
            var host = await Start(new Lines(), new Totals());
            await Task.Delay(Random.Shared.Next(150), Ct);
            await host.StopAsync(Ct);
        }
        await Start(new Lines(), new Totals());
        await AssertAllOnce();
    }

    [Fact]
    public async Task Connections_that_die_in_the_middle_take_in_nothing_twice_and_leave_nothing_out()
    {
        var host = await Start(new Lines { IsSlow = true }, new Totals());
        await AppendMany(host, [.. Enumerable.Range(0, 10).Select(_ => NewStream())], each: 100);
        for (var killed = 0L; killed < 10;)
        {
            await Append(host, NewStream(), 1);
            killed += await Service.Scalar("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and state = 'active' and query ~ 'pg_sleep' and pid <> pg_backend_pid()");
        }
        await AssertAllOnce();
    }

    [Fact]
    public async Task Processes_that_lose_the_lease_in_the_middle_take_in_nothing_twice_and_leave_nothing_out()
    {
        var (one, two) = (await Start(new Lines(), new Totals()), await Start(new Lines(), new Totals()));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var taking = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Service.Execute("update log.lease set expires_at = '-infinity', holder = null");
                await Task.Delay(300, Ct);
            }
        }, Ct);
        await Task.WhenAll(
            AppendMany(one, [.. Enumerable.Range(0, 5).Select(_ => NewStream())], each: 100),
            AppendMany(two, [.. Enumerable.Range(0, 5).Select(_ => NewStream())], each: 100));
        await stop.CancelAsync();
        await taking;
        await AssertAllOnce();
    }

    [Fact]
    public async Task A_process_that_was_paused_changes_nothing_when_it_wakes_up()
    {
        var host = await Start(); // nobody feeds it
        await Append(host, NewStream(), 1, 2, 3);
        var builds = host.Services.GetRequiredService<BuildTable>();
        var build = (await builds.Read(Ct))["lines"].Active;
        var epoch = await Service.Scalar("select epoch from log.lease");

        // It was paused before it sent its page. The lease has gone to another process, which has done nothing yet.
        await Service.Execute("update log.lease set holder = gen_random_uuid(), expires_at = now() + interval '1 hour', epoch = epoch + 1");
        Assert.Equal(Sequencer.LeaseLost, (await Assert.ThrowsAsync<PostgresException>(() => Take(epoch, from: 0))).SqlState);
        Assert.Equal((0L, 0L), (await PositionOf("lines"), await Service.Scalar("select count(*) from read.lines")));

        // Or the same process has taken the page in already, and its answer was lost.
        await Take(epoch + 1, from: 0);
        Assert.Equal(BuildTable.Moved, (await Assert.ThrowsAsync<PostgresException>(() => Take(epoch + 1, from: 0))).SqlState);
        Assert.Equal((1L, 1L), (await PositionOf("lines"), await Service.Scalar("select count(*) from read.lines")));

        Task Take(long under, long from) => builds.Take(build, from, from + 1, rate: null,
            [new($"insert into {build.Tables["read.lines"]} select coalesce(max(position), 0) + 1, 'thing', 0, 1, 1 from {build.Tables["read.lines"]}")], under, Ct);
    }

    private async Task AssertAllOnce()
    {
        await CaughtUp("lines");
        await CaughtUp("totals");
        await AssertLines();
        Assert.Equal(0, await Service.Scalar("""
            select count(*) from (select stream, sum(number) as sum, count(*) as count from read.lines group by stream) s full join read.totals t on t.key = s.stream
            where (s.sum, s.count) is distinct from (t.sum, (t.document ->> 'count')::bigint)
            """));
    }
}
