using System.Net;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks.Projections;

/// <summary>An event that a projection cannot take in stops that projection alone, is named, and is never passed over.</summary>
[Collection("in-memory broker")]
public sealed class PoisonTests(InMemorySystem system) : ProjectionTest(system)
{
    private const int Refused = 666; // by a constraint of the table

    [Fact]
    public async Task An_event_that_the_code_cannot_take_in_stops_that_projection_alone_until_it_is_tried_again()
    {
        var lines = new Lines { Before = happened => Throw(happened.Number == 13) };
        var totals = new Totals { Before = happened => Throw(happened.Number == 17) };
        var host = await StartControlled(lines, totals, new Sums());
        var stream = NewStream();
        await Append(host, stream, [.. Enumerable.Range(0, 30)]);

        var state = await Becomes("lines", "standing");
        var failure = state["builds"]![0]!["failure"]!;
        Assert.Equal((14, stream.ToString(), 13, "cannot be"), (failure["position"]!.GetValue<long>(), failure["stream"]!.GetValue<string>(), failure["version"]!.GetValue<long>(), failure["cause"]!.GetValue<string>()));
        Assert.Equal(13, await Service.Scalar("select max(position) from read.lines"));
        Assert.Equal(18, (await Becomes("totals", "standing"))["builds"]![0]!["failure"]!["position"]!.GetValue<long>());
        Assert.Equal(17, await Service.Scalar("select (document ->> 'count')::bigint from read.totals"));
        await CaughtUp("sums");
        await Eventually.Equal(HealthStatus.Degraded, async () => (await Health(host)).Status, "health");
        Assert.Contains($"{stream}:13", (await Health(host)).Entries.Single().Value.Description, StringComparison.Ordinal);

        lines.Before = totals.Before = _ => { };
        await Done("lines", "retry");
        await Done("totals", "resume");
        await CaughtUp("lines");
        await CaughtUp("totals");
        await AssertLines();
        await Becomes("lines", "running");
        await Eventually.Equal(HealthStatus.Healthy, async () => (await Health(host)).Status, "health");
        Assert.Equal(HttpStatusCode.Conflict, (await Post("lines", "retry")).StatusCode);
        Assert.Equal(2, await Service.Scalar("select count(*) from inbox.audit where subscription in ('projection lines', 'projection totals')"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(1_999)]
    public async Task An_event_that_the_database_refuses_is_found_in_its_page_and_what_stands_before_it_is_taken_in(int at)
    {
        var before = await StartControlled();
        var stream = NewStream();
        foreach (var page in Enumerable.Range(0, 2_000).Chunk(100))
            await Append(before, stream, [.. page.Select(n => n == at ? Refused : 1)]);
        await Eventually.Equal(2_000L, () => Service.Scalar("select count(*) from log.positions"), "positions given");
        await before.StopAsync(Ct);
        await StartControlled(new Lines());

        var state = await Becomes("lines", "standing");
        Assert.Equal(at + 1, state["builds"]![0]!["failure"]!["position"]!.GetValue<long>());
        Assert.Equal(at, await Service.Scalar("select count(*) from read.lines"));
    }

    [Fact]
    public async Task A_projection_that_stands_is_found_standing_by_the_next_process_and_its_readers_do_not_wait_in_vain()
    {
        var first = await StartControlled(new Lines());
        var write = await Append(first, NewStream(), Refused);
        await Becomes("lines", "standing");
        await first.StopAsync(Ct);

        var next = await StartControlled(new Lines());
        Assert.Equal("standing", (await State("lines"))["state"]!.GetValue<string>());
        var behind = await Assert.ThrowsAsync<EventSourcing.Projections.Freshness.ReadModelBehindException>(() => ReadModels(next).WaitFor("lines", write, Ct));
        Assert.True(behind.Stands);
    }

    [Fact]
    public async Task A_paused_projection_takes_in_nothing_until_it_is_resumed()
    {
        var host = await StartControlled(new Lines(), new Sums());
        await Append(host, NewStream(), 1);
        await CaughtUp("lines");
        await Done("lines", "pause");
        await Task.Delay(TimeSpan.FromSeconds(1.5), Ct); // every process has looked by then
        await Append(host, NewStream(), 2);
        await CaughtUp("sums");
        Assert.Equal(1, await Service.Scalar("select count(*) from read.lines"));
        Assert.Equal("paused", (await State("lines"))["state"]!.GetValue<string>());

        await Done("lines", "resume");
        await CaughtUp("lines");
        await AssertLines();
    }

    private static void Throw(bool isPoison)
    {
        if (isPoison)
            throw new InvalidOperationException("cannot be");
    }

    private static Task<HealthReport> Health(IHost host) => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);
}
