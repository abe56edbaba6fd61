using System.Diagnostics;
using EventDriven.TortureTests.Checks;
using EventDriven.TortureTests.Faults;
using EventDriven.TortureTests.Histories;
using EventDriven.TortureTests.Machines;

namespace EventDriven.TortureTests;

/// <summary>One run: load and faults, rest, verdict.</summary>
internal static class Run
{
    private static readonly TimeSpan WorksWithin = TimeSpan.FromSeconds(60), SequencedWithin = TimeSpan.FromSeconds(30), Look = TimeSpan.FromMilliseconds(250), ProgressEvery = TimeSpan.FromSeconds(30);

    public static async Task<Result> Do(Rig rig, int seed, RunOptions options, Action<string> tell, CancellationToken ct)
    {
        await using var fleet = await Fleet.Start(rig, seed, options, ct);
        var nemesis = new Nemesis(fleet);
        var watch = new PositionWatch(fleet);
        using var watched = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watching = watch.Run(watched.Token);

        if (!await Until.Holds(() => Rest.IsLeft(fleet), WorksWithin, ct))
            throw new InvalidOperationException($"Not every consumer has come to work; logs are in {fleet.Files}.");

        var load = Stopwatch.StartNew();
        var isComplete = await Load(fleet, nemesis, tell, load, ct);
        var loaded = load.Elapsed;
        await EndLoad(fleet, nemesis, ct);

        var rest = Stopwatch.StartNew();
        var isSequenced = await Comes(() => Rest.IsSequenced(fleet), SequencedWithin);
        tell($"load over after {loaded.TotalSeconds:N0} s, {(isSequenced ? "" : "not ")}sequenced; {await Rest.Tell(fleet)}");
        var isAtRest = await Comes(() => Rest.IsReached(fleet), options.RestWithin) && isSequenced;
        await watched.CancelAsync();
        await watching;
        await watch.LookOnce();
        var history = await Collector.Collect(fleet, watch.Seen);
        return new(seed, options, loaded, rest.Elapsed, isComplete, isAtRest, nemesis, history, Checker.Judge(history), fleet.Files);

        Task<bool> Comes(Func<Task<bool>> look, TimeSpan within) => Until.Holds(() =>
        {
            nemesis.LookAfter();
            return look();
        }, within, ct);
    }

    public static async Task EndLoad(Fleet fleet, Nemesis nemesis, CancellationToken ct)
    {
        using var client = new HttpClient();
        foreach (var writer in fleet.Writers)
        {
            if (!await Until.Holds(() =>
            {
                nemesis.LookAfter();
                return writer.EndLoad(client, ct);
            }, WorksWithin, ct))
                throw new InvalidOperationException($"{writer.Name} does not answer; its log is in {fleet.Files}.");
        }
    }

    /// <summary>Until it has lasted long enough, all faults are done and enough was acknowledged; false when that does not happen in time.</summary>
    private static async Task<bool> Load(Fleet fleet, Nemesis nemesis, Action<string> tell, Stopwatch load, CancellationToken ct)
    {
        var options = fleet.Options;
        using var faults = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var done = nemesis.Run(options.Plan(fleet.Seed), faults.Token);
        var progress = ProgressEvery;
        var tally = new Tally(fleet.Files);
        while (load.Elapsed < options.Length || !done.IsCompleted || tally.Acknowledged() < options.Acknowledged)
        {
            if (load.Elapsed > options.AtMost)
                break;
            nemesis.LookAfter();
            if (load.Elapsed > progress)
            {
                progress += ProgressEvery;
                tell($"{load.Elapsed:hh\\:mm\\:ss}: {tally.Acknowledged():N0} acknowledged, {nemesis.Done.Values.Sum()} faults, {nemesis.EndedByThemselves.Count} ended by themselves");
            }
            await Task.Delay(Look, ct);
        }
        var isComplete = done.IsCompletedSuccessfully;
        await faults.CancelAsync();
        await done.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (done.IsFaulted)
            await done;
        return isComplete;
    }
}
