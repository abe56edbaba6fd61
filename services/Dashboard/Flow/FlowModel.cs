namespace EventDriven.Dashboard.Flow;

/// <summary>
/// Folds spans and metrics into a graph of who sends what to whom. It takes the time from its caller, keeps no message,
/// and its size does not grow with their number.
/// </summary>
internal sealed class FlowModel
{
    private const int LargestGraph = 2_000;

    private readonly Dictionary<Subject, Lane> _lanes = [];
    private readonly SeriesLedger _ledger = new();
    private readonly SentMessages _sent = new();

    public void Fold(MessagingSpan span, DateTimeOffset now)
    {
        var lane = LaneOf(span.Subject, now);
        var evidence = span.Subject.Operation is Operation.Receive ? Evidence.ReceiveSpan : Evidence.Span;
        lane.Count(evidence, span.Messages, span.Failed, TimeSpan.Zero, now);

        switch (span.Subject.Operation)
        {
            case Operation.Send:
                foreach (var (processed, took) in _sent.Sent(span))
                    LaneOf(processed.Subject, now).CameThrough(took, now);
                break;
            case Operation.Process:
                lane.Processed(evidence, span.Duration, span.Messages, now);
                if (_sent.Processing(span) is { } wayThrough)
                    lane.CameThrough(wayThrough, now);
                break;
        }
    }

    public void Fold(MetricReport report, DateTimeOffset now)
    {
        foreach (var point in report.Points)
        {
            var lane = LaneOf(point.Subject, now);
            if (_ledger.Take(report.By, point, now) is not { } added)
                continue;
            lane.Count(point.Evidence, added.Count, point.Failed, added.Over, now);
            if (added.Durations is { } durations)
                lane.Processed(point.Evidence, durations, now);
        }

        _ledger.Heard(report.By, now);
    }

    public FlowGraph Read(DateTimeOffset now) => new(
        [.. _lanes.Where(lane => lane.Key.Operation is Operation.Send)
            .Select(lane => new Publication(lane.Key.Service, lane.Key.Topic, lane.Value.Read(now)))],
        [.. _lanes.Where(lane => lane.Key.Operation is Operation.Process)
            .Select(lane => new Delivery(lane.Key.Topic, lane.Key.Subscription, lane.Key.Service, lane.Value.Read(now)))]);

    private Lane LaneOf(Subject subject, DateTimeOffset now)
    {
        // Receiving and processing are the same edge, seen at two moments.
        var edge = subject.Operation is Operation.Receive ? subject with { Operation = Operation.Process } : subject;
        if (_lanes.TryGetValue(edge, out var lane))
            return lane;
        if (_lanes.Count >= LargestGraph)
            _lanes.Remove(_lanes.MinBy(known => known.Value.LastSeen).Key);
        _lanes[edge] = lane = new Lane();
        return lane;
    }
}
