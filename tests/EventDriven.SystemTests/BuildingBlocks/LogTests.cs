using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>The log on real PostgreSQL. It knows no broker, so it is tested once.</summary>
[Collection("in-memory broker")]
public sealed class LogTests(InMemorySystem system) : SystemTest(system)
{
    private TestService _service = null!;
    private EventLog _log = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
        var host = await _service.Start(relays: false);
        _log = host.Services.GetRequiredService<EventLog>();
    }

    public override async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Versions_start_at_0_and_sequences_at_1_and_count_only_what_is_published_in_order()
    {
        var stream = NewStream();
        await Append(stream, ExpectedVersion.NoStream, new Happened(1), new Noted(2), new Mentioned(2), new Happened(3));

        var events = await _log.Reader.Stream(stream, fromVersion: 0, limit: 10, Ct);
        Assert.Equal([(0, 1L), (1, null), (2, null), (3, 2L)], events.Select(e => ((int)e.Version, e.Sequence)));
    }

    [Fact]
    public async Task A_stream_that_moved_on_refuses_the_append_and_keeps_what_it_had()
    {
        var stream = NewStream();
        await Append(stream, ExpectedVersion.NoStream, new Happened(1));

        var refused = await Assert.ThrowsAsync<WrongExpectedVersionException>(() => Append(stream, ExpectedVersion.NoStream, new Happened(2)));
        Assert.Equal(0, refused.ActualVersion);
        await Assert.ThrowsAsync<WrongExpectedVersionException>(() => Append(stream, ExpectedVersion.Exactly(7), new Happened(2)));
        Assert.Single(await _log.Reader.Stream(stream, fromVersion: 0, limit: 10, Ct));
    }

    [Fact]
    public async Task Of_writers_that_expect_the_same_version_exactly_one_wins()
    {
        var stream = NewStream();
        var writers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await Append(stream, ExpectedVersion.NoStream, new Happened(i));
                return 1;
            }
            catch (WrongExpectedVersionException)
            {
                return 0;
            }
        }));
        Assert.Equal(1, writers.Sum());
    }

    [Fact]
    public async Task An_event_over_512_KiB_is_refused_and_nothing_is_appended()
    {
        var stream = NewStream();
        await Assert.ThrowsAsync<EventTooLargeException>(() => Append(stream, ExpectedVersion.Any, new Happened(1, new string('x', EventTooLargeException.MaxBytes))));
        Assert.Empty(await _log.Reader.Stream(stream, fromVersion: 0, limit: 10, Ct));
    }

    [Theory]
    [InlineData("update log.events set data = ''")]
    [InlineData("delete from log.events")]
    [InlineData("truncate log.events")]
    public async Task Promise_7_history_is_never_changed_not_by_the_service_and_not_by_its_owner(string statement)
    {
        await Append(NewStream(), ExpectedVersion.Any, new Happened(1));
        foreach (var role in (string[])[_service.Service, _service.Owner, _service.Superuser])
        {
            await using var connection = new NpgsqlConnection(role);
            await connection.OpenAsync(Ct);
            await using var command = new NpgsqlCommand(statement, connection);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Ct));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task Promise_7_a_changed_event_breaks_its_streams_hash_chain_and_is_named()
    {
        const string broken = """
            select coalesce(max(version), -1) from log.events e
            where hash <> log.hash_of(e) or previous_hash <> coalesce((select p.hash from log.events p where p.stream = e.stream and p.version = e.version - 1), '\x')
            """;
        var stream = NewStream();
        await Append(stream, ExpectedVersion.Any, new Happened(1), new Happened(2), new Happened(3));
        Assert.Equal(-1, await _service.Scalar(broken));

        // Only a superuser who switches the triggers off gets this far.
        await _service.Execute("set session_replication_role = replica; update log.events set data = '{}' where version = 1; set session_replication_role = origin");
        Assert.Equal(1, await _service.Scalar(broken));
    }

    [Fact]
    public async Task Recorded_time_never_falls_within_a_stream()
    {
        var stream = NewStream();
        await Append(stream, ExpectedVersion.Any, new Happened(1));
        await _service.Execute("update log.streams set recorded_at = clock_timestamp() + interval '1 hour'"); // as a writer with a fast clock left it
        await Append(stream, ExpectedVersion.Any, new Happened(2));

        var times = (await _log.Reader.Stream(stream, fromVersion: 0, limit: 10, Ct)).Select(e => e.RecordedAt).ToArray();
        Assert.True(times[1] >= times[0] + TimeSpan.FromMinutes(59));
    }

    [Fact]
    public async Task A_transaction_that_commits_late_is_neither_skipped_nor_leaves_a_hole()
    {
        await using var late = await _log.Begin(Ct);
        var (lateStream, earlyStream) = (NewStream(), NewStream());
        await late.Append(lateStream, ExpectedVersion.Any, Cause.Begin(), [new(new Happened(1))], Ct);
        await Append(earlyStream, ExpectedVersion.Any, new Happened(2)); // has the higher id and commits first
        await Eventually.Equal(1L, () => _service.Scalar("select count(*) from log.positions"), "positions given");

        await late.Commit(Ct);
        await Eventually.Equal(2L, () => _service.Scalar("select count(*) from log.positions"), "positions given");
        Assert.Equal([earlyStream.ToString(), lateStream.ToString()], (await _log.Reader.After(0, 10, Ct)).Select(e => e.Stream));
    }

    [Fact]
    public async Task The_last_position_by_a_time_is_found_among_any_number()
    {
        Assert.Equal(0, await _log.Reader.PositionAt(DateTimeOffset.MaxValue, Ct));
        for (var i = 0; i < 9; i++)
        {
            await Append(NewStream(), ExpectedVersion.Any, new Happened(i));
            await Eventually.Equal(i + 1L, () => _service.Scalar("select count(*) from log.positions"), "positions given"); // each at a time of its own
        }

        foreach (var recorded in await _log.Reader.After(0, 10, Ct))
        {
            Assert.Equal(recorded.Position, await _log.Reader.PositionAt(recorded.SequencedAt!.Value, Ct));
            Assert.Equal(recorded.Position - 1, await _log.Reader.PositionAt(recorded.SequencedAt!.Value.AddMicroseconds(-1), Ct));
        }
    }

    [Fact]
    public async Task Under_concurrent_writers_positions_have_no_holes_and_each_stream_keeps_its_order()
    {
        const int writers = 8, each = 40;
        var streams = Enumerable.Range(0, 5).Select(_ => NewStream()).ToArray();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
                await Append(streams[(w + i) % streams.Length], ExpectedVersion.Any, new Happened(i));
        }, Ct)));
        await Eventually.Equal((long)writers * each, () => _service.Scalar("select count(*) from log.positions"), "positions given");

        var events = await _log.Reader.After(0, writers * each + 1, Ct);
        Assert.Equal(Enumerable.Range(1, writers * each).Select(p => (long?)p), events.Select(e => e.Position));
        Assert.All(events.GroupBy(e => e.Stream), s => Assert.Equal(Enumerable.Range(0, s.Count()).Select(v => (long)v), s.Select(e => e.Version)));
    }

    [Fact]
    public async Task A_holder_of_an_old_epoch_changes_nothing()
    {
        var epoch = await _service.Scalar("select epoch from log.lease");
        await _service.Execute("update log.lease set expires_at = '-infinity', holder = gen_random_uuid(), epoch = epoch + 1");
        await using var connection = new NpgsqlConnection(_service.Service);
        await connection.OpenAsync(Ct);
        await using var zombie = new NpgsqlCommand($"select log.fence({epoch})", connection);
        Assert.Equal("ED001", (await Assert.ThrowsAsync<PostgresException>(() => zombie.ExecuteScalarAsync(Ct))).SqlState);
    }

    [Fact]
    public async Task A_second_process_takes_the_log_over_when_the_first_stops()
    {
        await using var other = await TestService.Create(Running);
        var hosts = (First: await other.Start(relays: false), Second: await other.Start(relays: false));
        await hosts.First.StopAsync(Ct);

        var log = hosts.Second.Services.GetRequiredService<EventLog>();
        await Append(log, NewStream(), ExpectedVersion.Any, new Happened(1));
        await Eventually.Equal(1L, () => other.Scalar("select count(*) from log.positions"), "positions given", TimeSpan.FromSeconds(10));
    }

    private static StreamName NewStream() => new("thing", Guid.CreateVersion7());

    private Task Append(StreamName stream, ExpectedVersion expected, params object[] events) => Append(_log, stream, expected, events);

    private static async Task Append(EventLog log, StreamName stream, ExpectedVersion expected, params object[] events)
    {
        await using var transaction = await log.Begin(Ct);
        await transaction.Append(stream, expected, Cause.Begin(), [.. events.Select(e => new NewEvent(e))], Ct);
        await transaction.Commit(Ct);
    }
}
