using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Auditing;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>
/// Promise 7: what is changed or removed behind the log's back is found and named, on request and by itself. It knows no broker but for
/// the anchor's message, which the relay carries as any other, so it is tested once.
/// </summary>
[Collection("in-memory broker")]
public sealed class AuditTests(InMemorySystem system) : SystemTest(system)
{
    private TestService? _service;
    private IHost? _host;

    private TestService Service => _service!;

    private EventLog Log => _host!.Services.GetRequiredService<EventLog>();

    private LogAudit Audit => _host!.Services.GetRequiredService<LogAudit>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
        _host = await Start();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Promise_7_a_log_that_nobody_touched_has_no_finding_and_is_verified_to_its_end_again_and_again()
    {
        var streams = await AppendToStreams(40);
        await WholeLogVerified();
        await Append(streams[0], 7, 8);
        await WholeLogVerified();

        var state = await Audit.State(Ct);
        Assert.Equal(await Service.Scalar("select max(position) from log.positions"), state.VerifiedTo);
        Assert.Empty(state.Findings);
        foreach (var stream in streams)
        {
            Assert.Empty((await Audit.Verify(stream, Ct)).Findings);
            Assert.Empty((await Audit.VerifyAnchors(stream, Ct)).Findings);
        }
        Assert.Equal(5, (await Audit.Verify(streams[0], Ct)).Events);
    }

    [Fact]
    public async Task Promise_7_a_changed_event_is_found_and_named()
    {
        var (stream, _) = await AppendAndAnchor();
        await Tamper($$"""update log.events set data = '{"number":1000000}' where stream = '{{stream}}' and version = 1""");

        AssertNamed(FindingKind.Changed, stream, 1, await Audit.Verify(stream, Ct));
        await Found(FindingKind.Changed, stream, 1);
    }

    [Fact]
    public async Task Promise_7_an_event_that_was_written_anew_with_its_hash_is_found_and_named()
    {
        var (stream, _) = await AppendAndAnchor();
        await Tamper($"update log.events set data = '{{}}' where stream = '{stream}' and version = 1; update log.events e set hash = log.hash_of(e) where stream = '{stream}' and version = 1");

        AssertNamed(FindingKind.Unlinked, stream, 2, await Audit.Verify(stream, Ct));
        await Found(FindingKind.Unlinked, stream, 2);
    }

    [Fact]
    public async Task Promise_7_a_stream_that_was_written_anew_up_to_its_head_is_not_what_was_anchored()
    {
        var (stream, anchor) = await AppendAndAnchor();
        await Tamper($$"""
            update log.events set data = '{}' where stream = '{{stream}}' and version = 2;
            update log.events e set hash = log.hash_of(e) where stream = '{{stream}}' and version = 2;
            update log.streams s set hash = e.hash from log.events e where (e.stream, e.version) = (s.stream, s.version) and s.stream = '{{stream}}'
            """);

        Assert.True((await Audit.Verify(stream, Ct)).IsValid); // in itself it is
        Assert.Equal((FindingKind.Anchor, anchor.Position), Of(Assert.Single((await Audit.VerifyAnchors(stream, Ct)).Findings)));
        await Found(FindingKind.Anchor, anchor.Position);
    }

    [Fact]
    public async Task Promise_7_a_hole_in_the_versions_is_found_and_named()
    {
        var (stream, _) = await AppendAndAnchor();
        await Tamper($"delete from log.events where stream = '{stream}' and version = 1");

        AssertNamed(FindingKind.Missing, stream, 1, await Audit.Verify(stream, Ct));
        await Found(FindingKind.Missing, stream, 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Promise_7_a_removed_event_at_an_end_of_its_stream_is_found_and_named(int version)
    {
        var (stream, _) = await AppendAndAnchor();
        await Tamper($"delete from log.events where stream = '{stream}' and version = {version}");

        AssertNamed(FindingKind.Missing, stream, version, await Audit.Verify(stream, Ct));
        await Found(FindingKind.Missing, stream, version);
    }

    [Fact]
    public async Task Promise_7_a_tail_that_was_removed_with_its_head_and_positions_is_found_by_the_anchor()
    {
        var (stream, anchor) = await AppendAndAnchor();
        await AppendToStreams(3);
        await RemoveTail(stream, fromVersion: 1);

        Assert.True((await Audit.Verify(stream, Ct)).IsValid); // in itself it is
        Assert.Contains(FindingKind.Anchor, (await Audit.VerifyAnchors(stream, Ct)).Findings.Select(f => f.Kind));
        await Found(FindingKind.Anchor, anchor.Position);
    }

    [Fact]
    public async Task Promise_7_a_removed_stream_is_found_and_named()
    {
        var (stream, _) = await AppendAndAnchor();
        await Tamper($"delete from log.events where stream = '{stream}'");

        AssertNamed(FindingKind.Missing, stream, 0, await Audit.Verify(stream, Ct));
        await Found(FindingKind.Missing, stream, 0);
    }

    [Fact]
    public async Task Promise_7_a_stream_that_was_removed_without_a_trace_is_found_by_the_anchor()
    {
        var (stream, anchor) = await AppendAndAnchor();
        await AppendToStreams(3);
        await RemoveTail(stream, fromVersion: 0);

        Assert.Contains(FindingKind.Anchor, (await Audit.VerifyAnchors(stream, Ct)).Findings.Select(f => f.Kind));
        await Found(FindingKind.Anchor, anchor.Position);
    }

    [Fact]
    public async Task Promise_7_a_removed_position_is_found_and_named()
    {
        await AppendAndAnchor();
        await Tamper("delete from log.positions where position = 2");
        await Found(FindingKind.Position, 2);
    }

    [Fact]
    public async Task Promise_7_a_log_that_was_cut_with_its_anchors_is_found_by_the_anchor_on_the_topic()
    {
        var (stream, anchor) = await AppendAndAnchor();
        Assert.True((await Audit.Verify(anchor, Ct)).IsValid);
        await TestService.Stop(_host!);
        await Tamper($$"""
            delete from log.events where id in (select event_id from log.positions where position >= 2);
            delete from log.positions where position >= 2; delete from log.anchors; delete from log.relayed;
            update log.sweeps set position = 0, count = 0, hash = '', stream = null;
            delete from log.streams where stream <> '{{stream}}';
            update log.streams s set version = e.version, hash = e.hash from log.events e where e.stream = s.stream;
            """);
        _host = await Start();
        await WholeLogVerified();

        Assert.Empty((await Audit.State(Ct)).Findings); // nothing in the database tells any more
        Assert.False((await Audit.Verify(anchor, Ct)).IsValid);
        using var client = Service.Client();
        var answer = await client.GetFromJsonAsync<JsonNode>($"/control/log/verification?count={anchor.Count}&hash={anchor.Hash}&position={anchor.Position}", Ct);
        Assert.False(answer!["valid"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Promise_7_the_anchor_is_what_the_database_computes_and_comes_on_the_topic_once()
    {
        var (_, anchor) = await AppendAndAnchor();
        Assert.Equal(3, anchor.Count);
        Assert.Equal(anchor.Hash, (await Service.Rows("""
            select encode(log.anchor_hash(p.position, e.hash order by p.position), 'hex') from log.positions p join log.events e on e.id = p.event_id where p.position <= 3
            """, row => row.GetString(0))).Single());

        await WholeLogVerified();
        await WholeLogVerified(); // and nothing is anchored but what others say
        Assert.Equal(anchor, Assert.Single(OnTopic()));
        var last = await Service.Scalar("select max(position) from log.positions");
        await AppendToStreams(1);
        await Eventually.Equal(2L, () => Service.Scalar("select count(*) from log.anchors where count = position"), "anchors");
        Assert.True(await Service.Scalar("select max(position) from log.anchors") > last);
    }

    [Theory]
    [InlineData("anchors")]
    [InlineData("findings")]
    [InlineData("accepted_findings")]
    public async Task Promise_7_anchors_and_findings_are_never_changed_not_by_the_service_and_not_by_its_owner(string table)
    {
        foreach (var role in (string[])[Service.Service, Service.Owner, Service.Superuser])
        {
            foreach (var statement in (string[])[$"delete from log.{table}", $"truncate log.{table} cascade", $"update log.{table} set {(table == "anchors" ? "count" : table == "findings" ? "version" : "finding")} = 1"])
            {
                await using var connection = new NpgsqlConnection(role);
                await connection.OpenAsync(Ct);
                await using var command = new NpgsqlCommand(statement, connection);
                var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Ct));
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
            }
        }
    }

    [Fact]
    public async Task A_finding_shows_in_every_process_until_an_operator_has_accepted_it()
    {
        var second = await Start();
        var (stream, _) = await AppendAndAnchor();
        await Tamper($"update log.events set data = '{{}}' where stream = '{stream}' and version = 1");
        await Found(FindingKind.Changed, stream, 1);
        foreach (var host in (IHost[])[_host!, second])
            await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of("audit"), trouble => trouble?.Contains(stream.ToString(), StringComparison.Ordinal) is true, "the trouble shows");

        using var client = Service.Client();
        foreach (var finding in (await Audit.State(Ct)).Findings)
        {
            var path = $"/control/log/findings/{finding.Id}/accept";
            Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync(path, new { }, Ct)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsJsonAsync(path, new { reason = "a test did it" }, Ct)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsJsonAsync(path, new { reason = "twice" }, Ct)).StatusCode);
        }
        foreach (var host in (IHost[])[_host!, second])
            await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of("audit"), trouble => trouble is null, "the trouble is over");
        var log = await client.GetFromJsonAsync<JsonNode>("/control/log", Ct);
        Assert.Equal(0, log!["audit"]!["openFindings"]!.GetValue<int>());
        Assert.Equal("a test did it", log["audit"]!["findings"]![0]!["accepted"]!["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_audit_goes_on_in_the_process_that_takes_the_log_over()
    {
        var (stream, anchor) = await AppendAndAnchor();
        var second = await Start();
        await TestService.Stop(_host!);
        _host = second;
        await Append(stream, 4);
        await Eventually.Get(() => Audit.State(Ct), state => state.Anchor!.Says.Position > anchor.Position, "the next anchor");
        await WholeLogVerified();
        Assert.Empty((await Audit.State(Ct)).Findings);
        Assert.Empty((await Audit.VerifyAnchors(stream, Ct)).Findings);
    }

    private Task<IHost> Start() => Service.Start(builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Audit:AnchorEvery"] = "00:00:01",
        ["Audit:WholeLogEvery"] = "00:00:01",
        ["Audit:Share"] = "1",
    }));

    private static (string Kind, long? Position) Of(Finding finding) => (finding.Kind, finding.Position);

    private static void AssertNamed(string kind, StreamName stream, long version, Verification verification) => Assert.Equal(
        (kind, stream.ToString(), version), verification.Findings.Select(f => (f.Kind, f.Stream, f.Version!.Value)).Single());

    private Task Found(string kind, StreamName stream, long version) => Eventually.Get(() => Audit.State(Ct),
        state => state.Findings.Any(f => (f.Kind, f.Stream, f.Version) == (kind, stream.ToString(), version)), $"{kind} of {stream} {version} is found");

    private Task Found(string kind, long position) => Eventually.Get(() => Audit.State(Ct),
        state => state.Findings.Any(f => (f.Kind, f.Position) == (kind, position)), $"{kind} at {position} is found");

    /// <summary>A verification of the whole log that begins after now has come to its end.</summary>
    private async Task WholeLogVerified()
    {
        var before = (await Audit.State(Ct)).WholeBeganAt;
        await Eventually.Get(() => Audit.State(Ct), state => state.WholeBeganAt > before && state.WholeEndedAt is not null, "the whole log is verified");
    }

    private async Task<(StreamName Stream, LogAnchored Anchor)> AppendAndAnchor()
    {
        var stream = new StreamName("thing", Guid.CreateVersion7());
        await Append(stream, 1, 2, 3);
        return (stream, (await Eventually.Get(() => Audit.State(Ct), state => state.Anchor is not null, "the anchor")).Anchor!.Says);
    }

    private async Task<StreamName[]> AppendToStreams(int count)
    {
        StreamName[] streams = [.. Enumerable.Range(0, count).Select(_ => new StreamName("thing", Guid.CreateVersion7()))];
        foreach (var stream in streams)
            await Append(stream, 1, 2, 3);
        return streams;
    }

    private async Task Append(StreamName stream, params int[] numbers) =>
        await Log.Append(stream, ExpectedVersion.Any, Cause.Begin(), [.. numbers.Select(n => new NewEvent(new Happened(n)))], [], Ct);

    /// <summary>Only a superuser who switches the triggers off gets this far.</summary>
    private Task Tamper(string sql) => Service.Execute($"set session_replication_role = replica; {sql}; set session_replication_role = origin");

    /// <summary>As somebody does who knows how the log is made: no event, position or head tells of what was there.</summary>
    private Task RemoveTail(StreamName stream, int fromVersion) => Tamper($"""
        delete from log.positions p using log.events e where e.id = p.event_id and e.stream = '{stream}' and e.version >= {fromVersion};
        delete from log.events where stream = '{stream}' and version >= {fromVersion};
        delete from log.streams where stream = '{stream}' and {fromVersion} = 0;
        update log.streams s set version = e.version, hash = e.hash from log.events e where e.stream = s.stream and e.version = {fromVersion} - 1 and s.stream = '{stream}';
        update log.positions p set position = -n.n from (select event_id, row_number() over (order by position) as n from log.positions) n where n.event_id = p.event_id;
        update log.positions set position = -position
        """);

    private LogAnchored[] OnTopic()
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = Running.Kafka,
            GroupId = $"test-{Guid.CreateVersion7():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
        }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = admin.GetMetadata(Service.Topic, TimeSpan.FromSeconds(10)).Topics.Single().Partitions;
        consumer.Assign(partitions.Select(p => new TopicPartitionOffset(Service.Topic, p.PartitionId, Offset.Beginning)));
        List<LogAnchored> anchors = [];
        for (var ended = 0; ended < partitions.Count;)
        {
            var next = consumer.Consume(Ct);
            if (next.IsPartitionEOF)
                ended++;
            else if (Encoding.UTF8.GetString(next.Message.Headers.GetLastBytes("ce_type")) == $"{Service.Name}.log-anchored.v1")
                anchors.Add(JsonSerializer.Deserialize<LogAnchored>(next.Message.Value, EventLog.Json)!);
        }
        return [.. anchors];
    }
}
