namespace EventDriven.Dashboard.Flow;

/// <summary>What is known of one edge of the graph: how much goes along it, how fast, and what failed.</summary>
internal sealed class Lane
{
    private readonly LatencyWindow _wayThrough = new();
    private LatencyWindow _processing = new();
    private RateWindow _messages = new();
    private RateWindow _failures = new();
    private Evidence _counted;
    private Evidence _timed;

    public DateTimeOffset LastSeen { get; private set; }

    public void Count(Evidence evidence, double messages, bool failed, TimeSpan over, DateTimeOffset now)
    {
        LastSeen = now;
        if (evidence < _counted)
            return;
        if (evidence > _counted)
            (_counted, _messages, _failures) = (evidence, new RateWindow(), new RateWindow());
        _messages.Add(messages, over, now);
        if (failed)
            _failures.Add(messages, over, now);
    }

    public void Processed(Evidence evidence, Buckets durations, DateTimeOffset now)
    {
        if (IsBestClock(evidence))
            _processing.Add(durations, now);
    }

    public void Processed(Evidence evidence, TimeSpan duration, int messages, DateTimeOffset now)
    {
        if (IsBestClock(evidence))
            _processing.Add(duration, messages, now);
    }

    public void CameThrough(TimeSpan took, DateTimeOffset now) => _wayThrough.Add(took, 1, now);

    public Traffic Read(DateTimeOffset now) => new()
    {
        Rate = _messages.PerSecond(now),
        Count = _messages.Total,
        Failures = _failures.Total,
        FailureRate = _failures.PerSecond(now),
        Processing = Latency.Of(_processing, now),
        WayThrough = Latency.Of(_wayThrough, now),
    };

    private bool IsBestClock(Evidence evidence)
    {
        if (evidence > _timed)
            (_timed, _processing) = (evidence, new LatencyWindow());
        return evidence == _timed;
    }
}
