namespace EventDriven.Dashboard.Flow;

/// <summary>Counts per second over the last minute; a report that covers more than a second is spread over it.</summary>
internal sealed class RateWindow
{
    private const int Seconds = 64;
    private const int ShortestWindow = 10;

    private readonly double[] _counts = new double[Seconds];
    private long _newest = long.MinValue / 2;
    private int _reach = 1;

    public long Total { get; private set; }

    public void Add(double count, TimeSpan over, DateTimeOffset now)
    {
        var end = now.ToUnixTimeSeconds();
        MoveTo(end);
        Total += (long)Math.Round(count);
        if (over.TotalSeconds > Seconds)
            return; // What came over a long time says nothing about now.

        _reach = Math.Max(1, (int)Math.Round(over.TotalSeconds));
        for (var second = end; second > end - _reach; second--)
            _counts[second % Seconds] += count / _reach;
    }

    public double PerSecond(DateTimeOffset now)
    {
        // Between two reports there is silence without meaning: the window ends at the last report until the next is overdue.
        var end = Math.Max(_newest, now.ToUnixTimeSeconds() - _reach - 2);
        var window = Math.Clamp(2 * _reach, ShortestWindow, Seconds);
        var sum = 0d;
        for (var second = Math.Min(end, _newest); second > Math.Max(end - window, _newest - Seconds); second--)
            sum += _counts[second % Seconds];
        return sum / window;
    }

    private void MoveTo(long second)
    {
        if (second <= _newest)
            return;
        for (var passed = Math.Max(_newest + 1, second - Seconds + 1); passed <= second; passed++)
            _counts[passed % Seconds] = 0;
        _newest = second;
    }
}
