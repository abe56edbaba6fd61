using System.Diagnostics;
using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.LogIsData;

/// <summary>How long each way took at each length, and whether it was right.</summary>
internal sealed class Timings(Lab lab)
{
    private readonly Dictionary<(string Way, int Length), List<double>> _samples = [];
    private int _wrong;

    public async Task Take(string way, int length, long expected, Func<Task<long>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        var balance = await ask();
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (balance != expected)
            _wrong++;
        if (!_samples.TryGetValue((way, length), out var samples))
            _samples[(way, length)] = samples = [];
        samples.Add(took);
        lab.Plot($"by {way}, ms", took);
    }

    public double Median(string way, int length) => Percentile.Of(_samples[(way, length)], 0.5);

    /// <summary>The length at which a way takes so long, on the straight line between the two measured ones around it.</summary>
    public string Reaches(string way, int[] lengths, double ms)
    {
        for (var n = 1; n < lengths.Length; n++)
        {
            var (before, after) = (Median(way, lengths[n - 1]), Median(way, lengths[n]));
            if (before < ms && after >= ms)
                return string.Create(CultureInfo.InvariantCulture, $"about {lengths[n - 1] + ((lengths[n] - lengths[n - 1]) * (ms - before) / (after - before)):#,0}");
        }
        return Median(way, lengths[0]) >= ms ? $"fewer than {lengths[0]}" : string.Create(CultureInfo.InvariantCulture, $"more than {lengths[^1]:#,0}");
    }

    public Observations Observations(int[] lengths)
    {
        var ways = _samples.Keys.Select(k => k.Way).Distinct().ToArray();
        var observations = new Observations
        {
            Chart = new Chart("Time to tell a balance", "events of the account", "ms (median)",
                [.. ways.Select(way => new Series(way, [.. lengths.Select(length => new Point(length, Median(way, length)))]))])
            { IsLogarithmic = true },
        };
        observations.Measures["balances that differ"] = _wrong;
        foreach (var ((way, length), samples) in _samples)
        {
            observations.Measures[$"{way} of {length} events, ms"] = Median(way, length);
            observations.Samples[$"{way} of {length} events, ms"] = samples;
        }
        return observations;
    }
}
