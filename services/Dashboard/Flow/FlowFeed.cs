namespace EventDriven.Dashboard.Flow;

/// <summary>The one flow model of this process: takes telemetry in, and shows pages the graph at most four times a second.</summary>
internal sealed class FlowFeed(TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly FlowModel _model = new();
    private readonly SemaphoreSlim _news = new(0, 1);

    public Broadcast<FlowGraph> Graph { get; } = new(FlowGraph.Empty);

    public void Fold(IEnumerable<MessagingSpan> spans) => Change(now =>
    {
        foreach (var span in spans)
            _model.Fold(span, now);
    });

    public void Fold(IEnumerable<MetricReport> reports) => Change(now =>
    {
        foreach (var report in reports)
            _model.Fold(report, now);
    });

    public override void Dispose()
    {
        _news.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Shortest, clock, stoppingToken);
            // Without news the rates still fall.
            await _news.WaitAsync(Longest, stoppingToken);
            Graph.Publish(Read());
        }
    }

    private void Change(Action<DateTimeOffset> fold)
    {
        lock (_gate)
        {
            fold(clock.GetUtcNow());
            if (_news.CurrentCount == 0)
                _news.Release();
        }
    }

    private FlowGraph Read()
    {
        lock (_gate)
            return _model.Read(clock.GetUtcNow());
    }
}
