using System.Diagnostics;
using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.TinyWork;

/// <summary>The same work, from 1 to 50 ms of it, asked for by a call and by a message.</summary>
internal sealed class TinyWorkExperiment : IExperiment
{
    private const int AtOnce = 64;
    private static readonly int[] Sizes = [1, 2, 5, 10, 20, 50];

    public string Name => "tiny-work";

    public string Title => "Tiny work: what the way through the broker costs";

    public string Story =>
        "A message is written, read from the log, sent, fetched and marked before anybody works on it, and its answer goes the same way back. For a job of a minute nobody notices. "
        + "For a job of a millisecond the way is most of the price, and a call is the better choice.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("For 1 ms of work the way costs far more than the work", "message over call at 1 ms", Side.AtLeast, 5, "times"),
        new("The way does not become longer with the work", "overhead at 50 ms over overhead at 1 ms", Side.AtMost, 2, "times"),
        new("So with 50 ms of work it matters less", "message over call at 50 ms", Side.AtMost, 3, "times"),
        new("Many at once, messages still carry at least a quarter of what calls do", "throughput of messages over calls", Side.AtLeast, 0.25, "times"),
        new("Both give the same answers", "wrong answers", Side.Exactly, 0, "answers"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var (callerName, workerName) = (await LabService.Prepare(lab), await LabService.Prepare(lab));
        await using var worker = await Worker.Start(lab, workerName, Caller.Types(callerName), ct);
        await using var caller = await Caller.Start(lab, callerName, worker, ct);
        var perMs = Work.RoundsPerMs();
        var (times, wrong) = (lab.Pick(15, 60), 0);
        for (var warm = 0; warm < 10; warm++)
        {
            await caller.Call(1, ct);
            await caller.Send(1, ct);
        }

        var (calls, messages) = (new Dictionary<int, double[]>(), new Dictionary<int, double[]>());
        foreach (var size in Sizes)
        {
            lab.Say($"{size} ms of work, one after the other");
            calls[size] = new double[times];
            messages[size] = new double[times];
            for (var time = 0; time < times; time++) // in turns, so that both meet the same machine
            {
                calls[size][time] = await Time("by a call, ms", caller.Call, (int)(size * perMs));
                messages[size][time] = await Time("by a message, ms", caller.Send, (int)(size * perMs));
            }
        }
        lab.Say($"{AtOnce} at once");
        var (called, sent) = (await Rate(caller.Call), await Rate(caller.Send));
        return Judge(calls, messages, called, sent, wrong);

        async Task<double> Time(string way, Func<int, CancellationToken, Task<string>> ask, int rounds)
        {
            var started = Stopwatch.GetTimestamp();
            var answer = await ask(rounds, ct);
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (answer != Work.Do(rounds))
                wrong++;
            lab.Plot(way, took);
            return took;
        }

        // Jobs of 1 ms per second when several are always under way.
        async Task<double> Rate(Func<int, CancellationToken, Task<string>> ask)
        {
            var (left, jobs) = (lab.Pick(200, 2_000), lab.Pick(200, 2_000));
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                    await ask((int)perMs, ct);
            }));
            return jobs / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    private static Observations Judge(Dictionary<int, double[]> calls, Dictionary<int, double[]> messages, double called, double sent, int wrong)
    {
        var observations = new Observations
        {
            Chart = new Chart("Until the answer is there", "ms of work", "ms (median)",
                [new("by a call", [.. Sizes.Select(s => new Point(s, Median(calls, s)))]), new("by a message", [.. Sizes.Select(s => new Point(s, Median(messages, s)))])])
            { IsLogarithmic = true },
        };
        foreach (var size in Sizes)
        {
            observations.Samples[$"call with {size} ms of work, ms"] = calls[size];
            observations.Samples[$"message with {size} ms of work, ms"] = messages[size];
            observations.Measures[$"call with {size} ms of work, ms"] = Median(calls, size);
            observations.Measures[$"message with {size} ms of work, ms"] = Median(messages, size);
        }
        // Each message is compared with the call right before it, so that both met the same machine.
        double Overhead(int size) => Percentile.Of([.. messages[size].Zip(calls[size], (message, call) => message - call)], 0.5);
        var overhead = Percentile.Of([.. Sizes.Select(Overhead)], 0.5);
        observations.Measures["overhead, ms"] = overhead;
        observations.Measures["message over call at 1 ms"] = Median(messages, 1) / Median(calls, 1);
        observations.Measures["message over call at 50 ms"] = Median(messages, 50) / Median(calls, 50);
        observations.Measures["overhead at 50 ms over overhead at 1 ms"] = Overhead(50) / Overhead(1);
        observations.Measures["calls of 1 ms per second"] = called;
        observations.Measures["messages of 1 ms per second"] = sent;
        observations.Measures["throughput of messages over calls"] = sent / called;
        observations.Measures["wrong answers"] = wrong;
        observations.Notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"The way there and back costs {overhead:0.#} ms here: as much as the work itself where the work takes {overhead:0.#} ms, and a tenth of it from {overhead * 10:0} ms on."));
        observations.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{AtOnce} at once, jobs of 1 ms: {called:0} per second by calls, {sent:0} by messages."));
        return observations;
    }

    private static double Median(Dictionary<int, double[]> samples, int size) => Percentile.Of(samples[size], 0.5);
}
