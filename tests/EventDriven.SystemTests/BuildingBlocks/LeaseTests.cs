using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>
/// Several processes with one log. A process whose clock stands still never polls and never renews: it acts on signals alone, and to
/// the others it is one that was stopped.
/// </summary>
[Collection("in-memory broker")]
public sealed class LeaseTests(InMemorySystem system) : SystemTest(system)
{
    private const string Listening = " from pg_stat_activity where query = 'listen log_appended' and datname = current_database()";
    private static readonly TimeSpan TakeOverAfterKill = TimeSpan.FromSeconds(5), TakeOverAfterStop = TimeSpan.FromSeconds(10);

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
    public async Task An_append_in_another_process_wakes_the_holder_of_the_lease_without_any_poll()
    {
        var clock = new FakeTimeProvider();
        await StartHolder(clock);
        await Eventually.Equal(1L, Listeners, "listening");
        var other = await _service.Start(StandsStill, relays: false);

        for (var n = 1L; n <= 5; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(5)); // events that come alone, and far less than until the next poll
            await Append(other, 1);
            await Eventually.Equal(n, Positions, "positions given");
        }
    }

    [Fact]
    public async Task The_holder_hears_again_of_other_processes_after_its_connection_died()
    {
        await StartHolder();
        var other = await _service.Start(relays: false);
        await Eventually.Equal(1L, Listeners, "listening");

        var died = await _service.Scalar("select pid" + Listening);
        await _service.Execute($"select pg_terminate_backend({died})");
        await Eventually.Equal(1L, () => _service.Scalar($"select count(*) {Listening} and pid <> {died}"), "listening again");
        await Append(other, 1);
        await Eventually.Equal(1L, Positions, "positions given");
    }

    [Fact]
    public async Task A_process_that_stops_renewing_is_replaced_within_5_s_and_can_do_no_harm_when_it_wakes_up()
    {
        var stopped = await StartHolder(clock: new FakeTimeProvider());
        var next = await _service.Start(relays: false);
        var epoch = await Epoch();
        await Eventually.Equal(epoch + 1, Epoch, "epoch", TakeOverAfterKill);

        // The stopped one wakes up with a belief in its lease.
        Assert.Equal(epoch, stopped.Services.GetRequiredService<Sequencer>().Epoch);
        await Append(stopped, 3);
        await Eventually.Equal(3L, Positions, "positions given");
        await Eventually.See(() => stopped.Services.GetRequiredService<Sequencer>().Epoch, e => e is null, "it knows that it lost the lease");
        await Append(next, 2);
        await Eventually.Equal(5L, Positions, "positions given");
        Assert.Equal(epoch + 1, await Epoch());
        Assert.Equal([1L, 2, 3, 4, 5], (await Log(next).Reader.After(0, 10, Ct)).Select(e => e.Position!.Value));
    }

    [Fact]
    public async Task A_process_that_is_stopped_in_the_middle_of_a_step_is_replaced_within_10_s()
    {
        await (await StartHolder()).StopAsync(Ct); // only its schema is wanted
        var settings = new NpgsqlDataSourceBuilder(_service.Service);
        PostgresSession.Configure(settings);
        settings.ConnectionStringBuilder.Pooling = false; // nobody wants it back
        await using var stopped = settings.Build();
        await using var connection = await stopped.OpenConnectionAsync(Ct);
        await using (var take = new NpgsqlCommand("select log.take_lease(gen_random_uuid(), interval '4 seconds', 0)", connection))
            await take.ExecuteNonQueryAsync(Ct);
        var epoch = await Epoch();
        await using (var step = new NpgsqlCommand($"begin; select log.fence({epoch})", connection))
            await step.ExecuteNonQueryAsync(Ct); // and nothing more is ever heard of it

        var next = await _service.Start(relays: false);
        await Append(next, 1);
        await Eventually.Equal(epoch + 1, Epoch, "epoch", TakeOverAfterStop);
        await Eventually.Equal(1L, Positions, "positions given");
    }

    [Fact]
    public async Task A_process_that_stops_cleanly_hands_the_lease_over_at_once()
    {
        var first = await StartHolder();
        var second = await _service.Start(relays: false);
        var epoch = await Epoch();
        await first.StopAsync(Ct);
        await Eventually.Equal(epoch + 1, Epoch, "epoch", TimeSpan.FromSeconds(2)); // the lease would have run for 4
        await Append(second, 1);
        await Eventually.Equal(1L, Positions, "positions given");
    }

    [Fact]
    public async Task What_was_rolled_back_or_comes_late_leaves_no_hole_and_is_not_lost_over_a_change_of_holder()
    {
        var first = await StartHolder();
        await using var late = await Log(first).Begin(Ct);
        await late.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1))], Ct);
        await using (var abandoned = await Log(first).Begin(Ct))
            await abandoned.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(2))], Ct);
        await Append(first, 3);
        await Eventually.Equal(3L, Positions, "positions given");

        var second = await _service.Start(relays: false);
        await _service.Execute("update log.lease set holder = null, epoch = epoch + 1, expires_at = '-infinity'");
        await late.Commit(Ct);
        await Append(second, 1);
        await Eventually.Equal(5L, Positions, "positions given");
        await Eventually.Equal(5 + 1L, () => _service.Scalar("select settled from log.lease"), "settled"); // the one rolled back as well
    }

    private Task<long> Positions() => _service.Scalar("select coalesce(max(position), 0) from log.positions");

    private Task<long> Epoch() => _service.Scalar("select epoch from log.lease");

    private Task<long> Listeners() => _service.Scalar("select count(*)" + Listening);

    private async Task<IHost> StartHolder(TimeProvider? clock = null)
    {
        var host = await _service.Start(b => b.Services.AddSingleton(clock ?? TimeProvider.System), relays: false);
        await Eventually.See(() => host.Services.GetRequiredService<Sequencer>().Epoch, e => e is not null, "the lease is held");
        return host;
    }

    private static void StandsStill(IHostApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());

    private static EventLog Log(IHost host) => host.Services.GetRequiredService<EventLog>();

    private static StreamName NewStream() => new("thing", Guid.CreateVersion7());

    private static async Task Append(IHost host, int events)
    {
        await using var transaction = await Log(host).Begin(Ct);
        await transaction.Append(NewStream(), ExpectedVersion.Any, Cause.Begin(), [.. Enumerable.Range(0, events).Select(n => new NewEvent(new Happened(n)))], Ct);
        await transaction.Commit(Ct);
    }
}
