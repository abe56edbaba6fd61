using System.Net;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks.Projections;

/// <summary>A projection is built anew beside what readers see, and takes its place in one step.</summary>
[Collection("in-memory broker")]
public sealed class BuildTests(InMemorySystem system) : ProjectionTest(system)
{
    [Fact]
    public async Task While_a_projection_is_rebuilt_and_switched_readers_see_no_gap_no_step_back_and_no_error()
    {
        var host = await StartControlled(new Lines(), new Totals());
        var streams = Enumerable.Range(0, 10).Select(_ => NewStream()).ToArray();
        await AppendMany(host, streams, each: 100);
        await CaughtUp("lines");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task[] work = [Write(), Read(), Read(), Read()];

        for (var n = 0; n < 3; n++)
        {
            var build = await ActiveBuild("lines");
            await Done("lines", "rebuild");
            await Done("totals", "rebuild");
            await Eventually.Get(() => ActiveBuild("lines"), active => active != build, "the new build is active");
            await Becomes("totals", "running");
        }
        await stop.CancelAsync();
        await Task.WhenAll(work);

        await CaughtUp("lines");
        await CaughtUp("totals");
        await AssertLines();
        Assert.All(await Service.Rows("select compared from sourcing.builds where state = 'active' and projection in ('lines', 'totals')", row => row.GetString(0)),
            compared => Assert.Contains("\"isSame\": true", compared, StringComparison.Ordinal));
        Assert.Equal(4, await Service.Scalar("select count(*) from sourcing.builds where projection in ('lines', 'totals')")); // the active ones and the kept

        async Task Write()
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
                await Append(host, streams[n % streams.Length], n % 100);
        }

        async Task Read()
        {
            await using var connection = await host.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(Ct);
            await using var lines = new NpgsqlCommand("select count(*), coalesce(max(position), 0) from read.lines", connection);
            await using var totals = new NpgsqlCommand("select coalesce(sum((document ->> 'count')::bigint), 0)::bigint from read.totals", connection);
            for (var (seen, counted) = (0L, 0L); !stop.IsCancellationRequested;)
            {
                await using (var row = await lines.ExecuteReaderAsync(Ct))
                {
                    await row.ReadAsync(Ct);
                    Assert.Equal(row.GetInt64(0), row.GetInt64(1)); // every event is a line: none is missing below the last
                    Assert.True(row.GetInt64(1) >= seen);
                    seen = row.GetInt64(1);
                }
                var count = (long)(await totals.ExecuteScalarAsync(Ct))!;
                Assert.True(count >= counted);
                counted = count;
            }
        }
    }

    [Fact]
    public async Task A_rebuild_puts_right_what_was_wrong_and_says_how_much_that_was()
    {
        var host = await StartControlled(new Lines());
        await Append(host, NewStream(), [.. Enumerable.Range(0, 20)]);
        await CaughtUp("lines");
        await Service.Execute("delete from read.lines where position in (3, 4); update read.lines set running = 0 where position = 9");
        await Done("lines", "rebuild");

        var build = (await Eventually.Get(() => State("lines"), s => s["builds"]!.AsArray().Count == 2 && s["state"]!.GetValue<string>() == "running", "it is rebuilt"))
            ["builds"]!.AsArray().Single(b => b!["state"]!.GetValue<string>() == "active")!;
        var table = build["compared"]!["tables"]![0]!;
        Assert.Equal((20, 18, false, 3, 1), (table["rows"]!.GetValue<long>(), table["activeRows"]!.GetValue<long>(), table["isSame"]!.GetValue<bool>(),
            table["onlyInNew"]!.GetValue<long>(), table["onlyInActive"]!.GetValue<long>()));
        await AssertLines();
    }

    [Fact]
    public async Task A_rollback_brings_the_build_before_back_as_fresh_as_the_other_and_nothing_undoes_it()
    {
        var one = await StartControlled(new Lines());
        await Append(one, NewStream(), 1, 2, 3);
        await CaughtUp("lines");
        await one.StopAsync(Ct);
        var two = await StartControlled(new Lines(), new Lines(version: 2));
        await Eventually.Equal(2L, () => ActiveVersion("lines"), "active version");
        await Append(two, NewStream(), 4, 5, 6);
        await CaughtUp("lines");
        Assert.Equal(6, await Service.Scalar("select count(text) from read.lines"));

        await Done("lines", "rollback");
        await Eventually.Equal(1L, () => ActiveVersion("lines"), "active version");
        await Append(two, NewStream(), 7);
        await CaughtUp("lines");
        await AssertLines();
        Assert.Equal(0, await Service.Scalar("select count(*) from information_schema.columns where (table_schema, table_name, column_name) = ('read', 'lines', 'text')"));
        await Task.Delay(TimeSpan.FromSeconds(1.5), Ct); // looked at once more by then
        Assert.Equal(1, await ActiveVersion("lines"));

        await Done("lines", "rebuild"); // an operator may have it again
        await Eventually.Equal(2L, () => ActiveVersion("lines"), "active version");
        await CaughtUp("lines");
        await AssertLines();
    }

    [Fact]
    public async Task While_a_new_version_is_built_the_one_that_readers_see_stays_fresh()
    {
        var first = await Start(new Lines());
        await Append(first, NewStream(), 1, 2, 3);
        await CaughtUp("lines");
        await first.StopAsync(Ct);
        using var goOn = new ManualResetEventSlim();
        var next = await StartControlled(new Lines(), new Lines(version: 2) { Before = _ => goOn.Wait(Ct) });
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from sourcing.builds where projection = 'lines' and state = 'building'"), "builds begun");

        var write = await Append(next, NewStream(), 4);
        await ReadModels(next).WaitFor("lines", write, Ct);
        Assert.Equal((1L, 4L), (await ActiveVersion("lines"), await Service.Scalar("select count(*) from read.lines")));
        var state = await State("lines");
        var building = state["builds"]!.AsArray().Single(b => b!["state"]!.GetValue<string>() == "building")!;
        Assert.Equal(("building", 0, 4, 2), (state["state"]!.GetValue<string>(), building["position"]!.GetValue<long>(), building["lag"]!.GetValue<long>(), building["version"]!.GetValue<int>()));
        goOn.Set();
        await Eventually.Equal(2L, () => ActiveVersion("lines"), "active version");
        Assert.Equal(0, (await Becomes("lines", "running"))["lag"]!.GetValue<long>());
        Assert.Equal(4, await Service.Scalar("select count(text) from read.lines"));
    }

    [Fact]
    public async Task Processes_with_old_and_new_code_do_not_fight()
    {
        var old = await Start(new Lines());
        await Append(old, NewStream(), 1);
        await CaughtUp("lines");
        var next = await Start(new Lines(version: 2));
        await Task.Delay(TimeSpan.FromSeconds(1.5), Ct);
        Assert.Equal(1, await Service.Scalar("select count(*) from sourcing.builds where projection = 'lines'")); // the old one holds the lease and knows of nothing newer

        await old.StopAsync(Ct);
        await Eventually.Equal(2L, () => ActiveVersion("lines"), "active version");
        var oldAgain = await Start(new Lines());
        await next.StopAsync(Ct);
        await Eventually.Get(() => Service.Scalar("select count(*) from log.lease where holder is not null"), held => held == 1, "the lease is held");
        await Append(oldAgain, NewStream(), 2);
        await Eventually.See(() => oldAgain.Services.GetRequiredService<Troubles>().Of("projection lines"), trouble => trouble?.Contains("no code", StringComparison.Ordinal) == true, "it says so");
        Assert.Equal((1L, 2L), (await PositionOf("lines"), await ActiveVersion("lines")));

        await oldAgain.StopAsync(Ct);
        await Start(new Lines(version: 2));
        await CaughtUp("lines");
        await AssertLines();
    }

    [Fact]
    public async Task Neither_the_role_of_the_service_nor_an_operator_can_do_more_than_that()
    {
        await StartControlled(new Lines());
        Assert.Equal(HttpStatusCode.Conflict, (await Post("lines", "rollback")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Post("sums", "rebuild")).StatusCode); // no code for it here
        Assert.Equal(HttpStatusCode.NotFound, (await Post("nothing", "pause")).StatusCode);
        foreach (var refused in (string[])["create table read.mine (id int)", "drop table read.lines_v1", "select sourcing.drop_build(1)",
            "select sourcing.make_table(1, 'read.x', 'log.events')", "update sourcing.builds set state = 'kept'", "select sourcing.declare_read_model('x', 1, 'read.x', 'log.events')"])
        {
            await using var connection = new NpgsqlConnection(Service.Service);
            await connection.OpenAsync(Ct);
            await using var command = new NpgsqlCommand(refused, connection);
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Ct))).SqlState);
        }
    }

    private Task<long> ActiveBuild(string projection) => Service.Scalar("select build from sourcing.builds where projection = $1 and state = 'active'", projection);

    private Task<long> ActiveVersion(string projection) => Service.Scalar("select version from sourcing.builds where projection = $1 and state = 'active'", projection);
}
