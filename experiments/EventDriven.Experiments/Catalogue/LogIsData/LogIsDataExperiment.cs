using System.Diagnostics;
using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;
using EventDriven.Log;

namespace EventDriven.Experiments.Catalogue.LogIsData;

/// <summary>Accounts of very different ages are asked for their balance in three ways, then for their past, then for something new.</summary>
internal sealed class LogIsDataExperiment : IExperiment
{
    private const string Replay = "replay", Projection = "projection", Snapshot = "snapshot";
    private const double TooSlowMs = 50;

    public string Name => "log-is-data";

    public string Title => "The log is the data: balance by replay, by projection and by snapshot";

    public string Story =>
        "An account keeps no balance, only what happened to it. Adding that up for every question becomes slow when the account grows old, so a projection keeps the sum ready and a snapshot keeps a point to go on from. "
        + "Because nothing was overwritten, the same events also say what the balance was at any earlier moment, show whether somebody changed one, and answer questions that nobody had at the time.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("All three ways come to the same balance", "balances that differ", Side.Exactly, 0, "balances"),
        new("A short account needs neither projection nor snapshot: its replay is quick", "replay of 100 events", Side.AtMost, 20, "ms"),
        new("An old account is too slow to replay for every question", "replay over projection at the longest stream", Side.AtLeast, 10, "times"),
        new("With a snapshot its age does not matter", "snapshot at the longest stream over 100 events", Side.AtMost, 3, "times"),
        new("Any earlier balance can be told", "wrong answers about the past", Side.Exactly, 0, "answers"),
        new("A second read model comes from the same events", "differences in the second read model", Side.Exactly, 0, "accounts"),
        new("Events that somebody changed in the database are found", "changed events that were not found", Side.Exactly, 0, "events"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        int[] lengths = [10, 100, 1_000, 10_000, .. lab.Pick<int[]>([], [100_000])];
        var name = await LabService.Prepare(lab);
        var streams = new Dictionary<int, StreamName>();
        var seen = new Timings(lab);
        int wrongPast;
        await using (var service = await Bank.Start(lab, name, withHabits: false, ct))
        {
            var bank = new Bank(service);
            foreach (var length in lengths)
            {
                lab.Say($"an account of {length:#,0} events");
                streams[length] = await bank.Write(length, ct);
                await bank.Follows("balance", streams[length], length, ct);
            }
            foreach (var length in lengths)
                await Ask(bank, streams[length], length, length > 10_000 ? lab.Pick(5, 15) : lab.Pick(15, 60), seen, ct);
            lab.Say("asking for the past");
            wrongPast = await Past(service, bank, streams[lengths[^1]], lengths[^1], lab.Pick(20, 100), ct);
        }

        lab.Say("a second read model, and a changed event");
        await using var later = await Bank.Start(lab, name, withHabits: true, ct);
        var started = Stopwatch.GetTimestamp();
        await new Bank(later).Follows("habits", streams[lengths[^1]], lengths[^1], ct);
        var rate = lengths.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var differences = await Differences(later, streams, ct);
        var notFound = await Tampering.NotFound(later, streams[1_000], versions: [3, 500, 998], ct);

        var observations = seen.Observations(lengths);
        observations.Measures["wrong answers about the past"] = wrongPast;
        observations.Measures["differences in the second read model"] = differences;
        observations.Measures["second read model, events per second"] = rate;
        observations.Measures["changed events that were not found"] = notFound;
        observations.Measures["replay over projection at the longest stream"] = seen.Median(Replay, lengths[^1]) / seen.Median(Projection, lengths[^1]);
        observations.Measures["snapshot at the longest stream over 100 events"] = seen.Median(Snapshot, lengths[^1]) / seen.Median(Snapshot, 100);
        observations.Measures["replay of 100 events"] = seen.Median(Replay, 100);
        observations.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"Replay passes {TooSlowMs:0} ms at {seen.Reaches(Replay, lengths, TooSlowMs)} events; a snapshot is at most {Bank.SnapshotEvery} events old."));
        return observations;
    }

    private static async Task Ask(Bank bank, StreamName stream, int length, int times, Timings seen, CancellationToken ct)
    {
        var expected = Movements.BalanceAt(length - 1);
        for (var time = 0; time < times; time++)
        {
            await seen.Take(Replay, length, expected, () => bank.ByReplay(stream, length - 1, ct));
            await seen.Take(Projection, length, expected, () => bank.ByProjection(stream, ct));
            await seen.Take(Snapshot, length, expected, () => bank.BySnapshot(stream, ct));
        }
    }

    /// <summary>By version, and by the time at which the event in question was recorded.</summary>
    private static async Task<int> Past(LabService service, Bank bank, StreamName stream, int length, int questions, CancellationToken ct)
    {
        var wrong = 0;
        var random = new Random(1);
        for (var question = 0; question < questions; question++)
        {
            var version = random.NextInt64(length);
            if (await bank.ByReplay(stream, version, ct) != Movements.BalanceAt(version))
                wrong++;
            var recorded = (await service.Log.Reader.Stream(stream, version, 1, ct)).Single().RecordedAt;
            // Events of one append share their time: as of then the last of them had happened.
            var last = await service.Scalar("select max(version) from log.events where stream = $1 and recorded_at <= $2", stream.ToString(), recorded);
            if (await bank.AsOfTime(stream, recorded, ct) != Movements.BalanceAt(last))
                wrong++;
        }
        return wrong;
    }

    private static async Task<int> Differences(LabService service, Dictionary<int, StreamName> streams, CancellationToken ct)
    {
        var differences = 0;
        foreach (var (length, stream) in streams)
        {
            var movements = Enumerable.Range(0, length).Select(v => Movements.At(v)).ToArray();
            var (deposits, withdrawals) = (movements.OfType<Deposited>().ToArray(), movements.OfType<Withdrawn>().ToArray());
            await using var command = service.Database.CreateCommand("""
                select (document ->> 'deposits')::bigint = $2 and (document ->> 'withdrawals')::bigint = $3 and (document ->> 'largest')::bigint = $4
                from habits.habits where key = $1
                """);
            foreach (var value in (object[])[stream.ToString(), (long)deposits.Length, (long)withdrawals.Length,
                Math.Max(deposits.Max(d => d.Amount), withdrawals.Select(w => w.Amount).DefaultIfEmpty().Max())])
                command.Parameters.Add(new() { Value = value });
            if (await command.ExecuteScalarAsync(ct) is not true)
                differences++;
        }
        return differences;
    }
}
