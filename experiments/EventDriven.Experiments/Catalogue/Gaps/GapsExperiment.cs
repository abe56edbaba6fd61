using System.Collections.Concurrent;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Experiments.Catalogue.Gaps;

/// <summary>Writers append to a few hot streams, some of them slow to commit, while four readers follow, each with its own idea of order.</summary>
internal sealed class GapsExperiment : IExperiment
{
    private const int Writers = 8, Streams = 5;
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromMinutes(2);

    public string Name => "ordering-and-gaps";

    public string Title => "Reading a log while it is written: who skips, who inverts";

    public string Story =>
        "A number drawn from a sequence says when a row was begun and not when it was committed. A reader that remembers the last number it saw passes over whatever commits later with a lower one. "
        + "A sequencer gives numbers after the commit, so that a reader can trust them.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("A cursor over the identity column skips events", "skipped by the naive cursor", Side.AtLeast, 1, "events"),
        new("Waiting for the oldest running transaction skips none, but puts a stream out of order", "inverted by the gate over (xid, id)", Side.AtLeast, 1, "events"),
        new("The sequencer skips none", "skipped by the sequencer", Side.Exactly, 0, "events"),
        new("The sequencer inverts none", "inverted by the sequencer", Side.Exactly, 0, "events"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var each = lab.Pick(100, 1_000);
        // What the readers by identity and by transaction need beside the log's own columns, written in the same transaction.
        var name = await LabService.Prepare(lab, schema: """
            create table seen (id bigint generated always as identity, xid xid8 not null default pg_current_xact_id(), stream text not null, number int not null);
            create table before (xid xid8 not null default pg_current_xact_id());
            grant select, insert on seen, before to "$service$";
            """);
        await using var service = await LabService.Start(lab, name, [MessageType.Private<Counted>($"{name}.counted.v1")], ct: ct);
        Reader[] readers =
        [
            new("naive cursor", 1, "select id, 0, stream, number from seen where id > $1 order by id", service.Database),
            new("gate over (xid, id)", 2, """
                select xid::text::bigint, id, stream, number from seen
                where (xid, id) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid, id
                """, service.Database),
            new("sequencer", 1, """
                select p.position, 0, e.stream, (convert_from(e.data, 'UTF8')::json ->> 'number')::int from log.positions p join log.events e on e.id = p.event_id
                where p.position > $1 order by p.position
                """, service.Database),
        ];

        lab.Say($"{Writers} writers, {Writers * each:#,0} events, {Streams} streams");
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var following = readers.Select(r => r.Follow(reading.Token)).ToArray();
        await Write(service, each, () =>
        {
            foreach (var reader in readers)
                lab.Plot($"seen by the {reader.Name}", reader.Seen.Count);
        }, ct);
        await Until.Get(() => Task.FromResult(readers[^1].Seen.Count), n => n == Writers * each, "the sequencer's reader has all", SettlesWithin, ct);
        await Until.Get(() => service.Scalar("select count(*) from seen where xid >= pg_snapshot_xmin(pg_current_snapshot())"), n => n == 0, "no transaction is open", SettlesWithin, ct);
        await reading.CancelAsync();
        await Task.WhenAll(following);
        await Task.WhenAll(readers.Select(r => r.Look(ct))); // whatever there still is to see
        return Judge(readers, Writers * each);
    }

    private static Observations Judge(IReadOnlyList<Reader> readers, int events)
    {
        var seen = new Observations
        {
            Chart = new Chart($"Of {events:#,0} events over {Streams} hot streams", "", "events",
            [
                new("skipped", [.. readers.Select((r, n) => new Point(n, events - r.Seen.Count))]),
                new("out of their stream's order", [.. readers.Select((r, n) => new Point(n, r.Inverted))]),
            ])
            { Bars = [.. readers.Select(r => r.Name)] },
        };
        seen.Measures["events"] = events;
        foreach (var reader in readers)
        {
            seen.Measures[$"skipped by the {reader.Name}"] = events - reader.Seen.Count;
            seen.Measures[$"inverted by the {reader.Name}"] = reader.Inverted;
        }
        return seen;
    }

    private static async Task Write(LabService service, int each, Action committed, CancellationToken ct)
    {
        var streams = Enumerable.Range(0, Streams).Select(_ => new StreamName("hot", Guid.CreateVersion7())).ToArray();
        var numbers = new ConcurrentDictionary<StreamName, int>();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var random = new Random(writer);
            for (var n = 0; n < each; n++)
            {
                var stream = streams[random.Next(Streams)];
                await using var transaction = await service.Log.Begin(ct);
                // As a handler does that has written something else first: its transaction is older than its event.
                if (random.Next(4) == 0)
                    await transaction.Execute(new("insert into before default values"), ct);
                await Task.Delay(random.Next(3), ct);
                // Under the stream's lock, as the log's own version is given.
                await transaction.Execute(new("select pg_advisory_xact_lock(hashtextextended($1, 0))", stream.ToString()), ct);
                var number = numbers.AddOrUpdate(stream, 0, (_, last) => last + 1);
                await transaction.Append(stream, ExpectedVersion.Any, Cause.Begin(), [new(new Counted(number))], ct);
                await transaction.Execute(new("insert into seen (stream, number) values ($1, $2)", stream.ToString(), number), ct);
                await Task.Delay(random.Next(4), ct);
                await transaction.Commit(ct);
                committed();
            }
        }));
    }

    internal sealed record Counted(int Number);

    /// <summary>Follows with a cursor of its own and remembers what it saw.</summary>
    private sealed class Reader(string name, int keys, string sql, NpgsqlDataSource database)
    {
        private readonly Dictionary<string, int> _last = [];
        private long _first, _second;

        public string Name { get; } = name;

        public HashSet<(string Stream, int Number)> Seen { get; } = [];

        public int Inverted { get; private set; }

        public async Task Follow(CancellationToken ct)
        {
            while (!ct.IsCancellationRequested)
            {
                try
                {
                    await Look(ct);
                    await Task.Delay(1, ct);
                }
                catch (OperationCanceledException) when (ct.IsCancellationRequested)
                {
                    return;
                }
            }
        }

        public async Task Look(CancellationToken ct)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(new() { Value = keys == 2 ? _first.ToString(System.Globalization.CultureInfo.InvariantCulture) : _first });
            if (keys == 2)
                command.Parameters.Add(new() { Value = _second });
            await using var row = await command.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
            {
                (_first, _second) = (row.GetInt64(0), keys == 2 ? row.GetInt64(1) : 0);
                Take(row.GetString(2), row.GetInt32(3));
            }
        }

        private void Take(string stream, int number)
        {
            Seen.Add((stream, number));
            if (_last.TryGetValue(stream, out var last) && number < last)
                Inverted++;
            _last[stream] = Math.Max(number, last);
        }
    }
}
