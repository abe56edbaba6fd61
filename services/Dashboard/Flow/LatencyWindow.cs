namespace EventDriven.Dashboard.Flow;

/// <summary>Durations of the last 30 to 60 seconds, in buckets a fifth apart: enough for a median and a 95th percentile.</summary>
internal sealed class LatencyWindow
{
    private const double Shortest = 1e-5;
    private const int PerOctave = 4;
    private const int Size = 28 * PerOctave;
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(30);

    private double[] _current = new double[Size];
    private double[] _previous = new double[Size];
    private DateTimeOffset _since;

    public void Add(TimeSpan duration, double count, DateTimeOffset now)
    {
        Rotate(now);
        _current[IndexOf(duration.TotalSeconds)] += count;
    }

    public void Add(Buckets durations, DateTimeOffset now)
    {
        Rotate(now);
        for (var i = 0; i < durations.Counts.Count; i++)
        {
            if (durations.Counts[i] <= 0)
                continue;

            // Where in its bucket a value lay is unknown: it is spread over all of it.
            var high = IndexOf(i < durations.Bounds.Count ? durations.Bounds[i] : durations.Bounds[^1]);
            var low = Math.Min(high, i > 0 ? IndexOf(durations.Bounds[i - 1]) + 1 : high - PerOctave);
            for (var index = Math.Max(0, low); index <= high; index++)
                _current[index] += durations.Counts[i] / (high - Math.Max(0, low) + 1);
        }
    }

    public TimeSpan? Percentile(double share, DateTimeOffset now)
    {
        Rotate(now);
        var total = _current.Sum() + _previous.Sum();
        if (total <= 0)
            return null;

        var rest = total * share;
        var last = 0;
        for (var i = 0; i < Size; i++)
        {
            var here = _current[i] + _previous[i];
            if (here > 0)
                last = i;
            rest -= here;
            if (rest <= 1e-9)
                break;
        }

        return TimeSpan.FromSeconds(Shortest * Math.Pow(2, (last - 0.5) / PerOctave));
    }

    private void Rotate(DateTimeOffset now)
    {
        if (now - _since < Half)
            return;
        (_previous, _current) = now - _since < 2 * Half ? (_current, _previous) : (new double[Size], _previous);
        Array.Clear(_current);
        _since = now;
    }

    // The bucket of index i ends at Shortest * 2^(i / PerOctave).
    private static int IndexOf(double seconds) =>
        seconds <= Shortest ? 0 : Math.Min(Size - 1, (int)Math.Ceiling(Math.Log2(seconds / Shortest) * PerOctave - 1e-9));
}
