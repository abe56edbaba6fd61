namespace EventDriven.Dashboard.Flow;

/// <summary>What has been reported of each series, so that a running total becomes what was added since.</summary>
internal sealed class SeriesLedger
{
    private const int Limit = 10_000;

    private readonly Dictionary<(Reporter By, string Series), MessagingPoint> _last = [];
    private readonly Dictionary<Reporter, DateTimeOffset> _heard = [];

    public readonly record struct Increment(double Count, Buckets? Durations, TimeSpan Over);

    public Increment? Take(Reporter by, MessagingPoint point, DateTimeOffset now)
    {
        var increment = point.IsDelta ? Whole(point, point.Time - point.Start) : SinceLast(by, point, now);
        return increment is { Count: > 0 } ? increment : null;
    }

    /// <summary>Ends a report: a series that this process shows later for the first time has begun since.</summary>
    public void Heard(Reporter by, DateTimeOffset now)
    {
        _heard[by] = now;
        if (_heard.Count <= Limit)
            return;
        foreach (var (silent, _) in _heard.OrderBy(entry => entry.Value).Take(Limit / 2).ToList())
            _heard.Remove(silent);
    }

    private Increment? SinceLast(Reporter by, MessagingPoint point, DateTimeOffset now)
    {
        var key = (by, point.Series);
        if (_last.TryGetValue(key, out var last))
        {
            if (point.Time <= last.Time)
                return null;
            _last[key] = point;
            return point.Start > last.Start || point.Count < last.Count
                ? Whole(point, point.Time - last.Time)
                : new Increment(point.Count - last.Count, point.Durations?.Minus(last.Durations), point.Time - last.Time);
        }

        if (_last.Count >= Limit)
            ForgetTheOldest();
        _last[key] = point;

        // A total that began before anyone looked says how many, not when: it counts as even since its start.
        return Whole(point, _heard.TryGetValue(by, out var heard) ? now - heard : point.Time - point.Start);
    }

    private static Increment Whole(MessagingPoint point, TimeSpan over) => new(point.Count, point.Durations, over);

    private void ForgetTheOldest()
    {
        foreach (var (key, _) in _last.OrderBy(entry => entry.Value.Time).Take(Limit / 2).ToList())
            _last.Remove(key);
    }
}
