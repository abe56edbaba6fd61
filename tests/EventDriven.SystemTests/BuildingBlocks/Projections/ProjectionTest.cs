using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Projections;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventDriven.SystemTests.BuildingBlocks.Projections;

/// <summary>
/// What tests of projections start from: a log, and the read models <c>read.lines</c> (a row per event, by statements), <c>read.sums</c>
/// (a row per stream, by statements) and <c>read.totals</c> (a document per stream).
/// </summary>
public abstract class ProjectionTest(InMemorySystem system) : SystemTest(system)
{
    private const string Tables = """
        create schema read;
        grant usage on schema read to {0};
        create table read.lines_v1 (position bigint primary key, stream text collate "C" not null, version bigint not null, number int not null check (number <> 666), running bigint not null);
        create index on read.lines_v1 (stream, version);
        create table read.lines_v2 (like read.lines_v1 including all, text text not null);
        create table read.sums_v1 (stream text collate "C" primary key, sum bigint not null, count bigint not null);
        create table read.totals_v1 (key text collate "C" primary key, document jsonb not null, sum bigint generated always as ((document ->> 'sum')::bigint) stored check (sum < 1000000));
        select sourcing.declare_read_model('lines', 1, 'read.lines', 'read.lines_v1');
        select sourcing.declare_read_model('lines', 2, 'read.lines', 'read.lines_v2');
        select sourcing.declare_read_model('sums', 1, 'read.sums', 'read.sums_v1');
        select sourcing.declare_read_model('totals', 1, 'read.totals', 'read.totals_v1');
        """;

    private TestService? _service;

    protected TestService Service => _service!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_service is not null)
            await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    protected Task<IHost> Start(params IReadOnlyList<object> projections) => Start(_ => { }, projections);

    /// <summary>A process of the service with these projections and control endpoints.</summary>
    protected Task<IHost> StartControlled(params IReadOnlyList<object> projections) => Service.Start(With(_ => { }, projections));

    /// <summary>A process of the service with these projections.</summary>
    protected Task<IHost> Start(Action<IHostApplicationBuilder> also, params IReadOnlyList<object> projections) => Service.Start(With(also, projections), relays: false);

    private Action<IHostApplicationBuilder> With(Action<IHostApplicationBuilder> also, IReadOnlyList<object> projections) => builder =>
    {
        builder.Services.AddHostedService(_ => new Declare(Service));
        builder.AddEventSourcing();
        foreach (var projection in projections)
        {
            if (projection is IProjection statements)
                builder.AddProjection(statements);
            else
                builder.AddProjection((IDocumentProjection<Total>)projection);
        }
        also(builder);
    };

    protected static EventLog Log(IHost host) => host.Services.GetRequiredService<EventLog>();

    protected static ReadModels ReadModels(IHost host) => host.Services.GetRequiredService<ReadModels>();

    protected static StreamName NewStream() => new("thing", Guid.CreateVersion7());

    protected static async Task<string> Append(IHost host, StreamName stream, params int[] numbers)
    {
        var result = await Log(host).Append(stream, ExpectedVersion.Any, Cause.Begin(), [.. numbers.Select(n => new NewEvent(new Happened(n, "t")))], [], Ct);
        return $"{result.Stream}:{result.Version}";
    }

    /// <summary>Events of many streams at once, from several writers.</summary>
    protected static Task AppendMany(IHost host, IReadOnlyList<StreamName> streams, int each) => Task.WhenAll(streams.Select(stream => Task.Run(async () =>
    {
        for (var n = 0; n < each; n++)
            await Append(host, stream, n);
    }, Ct)));

    /// <summary>Every line is there once, in its stream's order, with what the ones before came to.</summary>
    protected async Task AssertLines() => Assert.Equal(0, await Service.Scalar("""
            select count(*) from (
                select p.position, e.stream, e.version, sum((convert_from(e.data, 'utf8')::jsonb ->> 'number')::int) over (partition by e.stream order by e.version) as running
                from log.positions p join log.events e on e.id = p.event_id where e.type like '%happened%') expected
            full join read.lines l using (position, stream, version)
            where l.running is distinct from expected.running
            """));

    protected Task<long> PositionOf(string projection) => Service.Scalar("select position from sourcing.builds where projection = $1 and state = 'active'", projection);

    protected async Task CaughtUp(string projection) => await Eventually.Equal(0L, () => Service.Scalar("""
        select p.position - b.position + (select count(*) from log.unsequenced) from log.progress p, sourcing.builds b where b.projection = $1 and b.state = 'active'
        """, projection), $"events that {projection} has not taken in");

    protected async Task<JsonNode> State(string projection)
    {
        using var control = Service.Client();
        return (await control.GetFromJsonAsync<JsonNode>($"/control/projections/{projection}", Ct))!;
    }

    protected async Task<HttpResponseMessage> Post(string projection, string verb)
    {
        using var control = Service.Client();
        return await control.PostAsync(new Uri($"/control/projections/{projection}/{verb}", UriKind.Relative), content: null, Ct);
    }

    protected async Task Done(string projection, string verb) => Assert.Equal(HttpStatusCode.OK, (await Post(projection, verb)).StatusCode);

    protected Task<JsonNode> Becomes(string projection, string state) =>
        Eventually.Get(() => State(projection), now => now["state"]!.GetValue<string>() == state, $"{projection} is {state}");

    /// <summary>What the service's own migration does.</summary>
    private sealed class Declare(TestService service) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            if (await service.Scalar("select count(*) from pg_namespace where nspname = 'read'") > 0)
                return;
            await using var connection = new NpgsqlConnection(service.Owner);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(Tables.Replace("{0}", service.Name, StringComparison.Ordinal), connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>A row per event, with the running sum of its stream.</summary>
internal sealed class Lines(int version = 1) : IProjection
{
    /// <summary>Called for each event; throwing makes it poison.</summary>
    public Action<Happened> Before { get; set; } = _ => { };

    /// <summary>Whether each event takes the database a while.</summary>
    public bool IsSlow { get; init; }

    public string Name => "lines";

    public int Version => version;

    public IEnumerable<Sql> Project(ProjectedEvent recorded, ReadTables tables)
    {
        if (recorded.Event is not Happened happened)
            yield break;
        Before(happened);
        var lines = tables["read.lines"];
        var running = $"$4 + coalesce((select running from {lines} l where l.stream = $2 and l.version = $3 - 1), 0)";
        yield return version == 1
            ? new($"insert into {lines} values ($1, $2, $3, $4, {running})", recorded.Position, recorded.Stream, recorded.Version, happened.Number)
            : new($"insert into {lines} values ($1, $2, $3, $4, {running}, $5)", recorded.Position, recorded.Stream, recorded.Version, happened.Number, happened.Text);
        if (IsSlow)
            yield return new("select pg_sleep(0.002)");
    }
}

/// <summary>A row per stream, by statements.</summary>
internal sealed class Sums : IProjection
{
    public string Name => "sums";

    public int Version => 1;

    public IEnumerable<Sql> Project(ProjectedEvent recorded, ReadTables tables) => recorded.Event is Happened happened
        ?
        [
            new($"""
                insert into {tables["read.sums"]} as s values ($1, $2, 1)
                on conflict (stream) do update set sum = s.sum + excluded.sum, count = s.count + 1
                """, recorded.Stream, (long)happened.Number),
        ]
        : [];
}

internal sealed record Total(long Sum, long Count);

/// <summary>The same as a document.</summary>
internal sealed class Totals : IDocumentProjection<Total>
{
    /// <summary>Called for each event; throwing makes it poison.</summary>
    public Action<Happened> Before { get; set; } = _ => { };

    public string Name => "totals";

    public int Version => 1;

    public Total? Evolve(Total? document, ProjectedEvent recorded)
    {
        if (recorded.Event is not Happened happened)
            return document;
        Before(happened);
        return new((document?.Sum ?? 0) + happened.Number, (document?.Count ?? 0) + 1);
    }
}
