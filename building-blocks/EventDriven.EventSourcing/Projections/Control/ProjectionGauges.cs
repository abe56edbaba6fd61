using System.Diagnostics.Metrics;
using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using Microsoft.Extensions.Hosting;

namespace EventDriven.EventSourcing.Projections.Control;

/// <summary>
/// How far each projection is behind. The holder of the lease alone tells it, from a query at a fixed rate: an export reads the last
/// answer and costs the database nothing.
/// </summary>
internal sealed class ProjectionGauges : BackgroundService
{
    private const string Name = "EventDriven.EventSourcing";
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Meter _meter = new(Name);
    private readonly ObservableGauge<long> _first;
    private readonly ProjectionViews _views;
    private readonly Sequencer _sequencer;
    private readonly TimeProvider _clock;
    private volatile IReadOnlyList<ProjectionView> _last = [];

    public ProjectionGauges(ProjectionViews views, Sequencer sequencer, TimeProvider clock)
    {
        (_views, _sequencer, _clock) = (views, sequencer, clock);
        _first = _meter.CreateObservableGauge("eventdriven.projection.position", () => Each(v => v.Active.Position), "{event}", "Up to where the read model goes.");
        _meter.CreateObservableGauge("eventdriven.projection.lag", () => Each(v => v.Active.Lag), "{event}", "Events with a position that the read model does not include.");
        _meter.CreateObservableGauge("eventdriven.projection.age", () => Each(v => v.Active.BehindSeconds), "s", "How long the oldest of them has waited.");
        _meter.CreateObservableGauge("eventdriven.projection.standing", () => Each(v => v.State is "paused" or "standing" ? 1 : 0), "1", "1 while it is paused or stands before an event it cannot take in.");
        _meter.CreateObservableGauge("eventdriven.projection.building.lag", () => Each(v => v.Builds.Where(b => b.State == Builds.Build.Building).Sum(b => b.Lag)), "{event}", "Events that a build beside it has still to take in.");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, _clock);
        try
        {
            do
            {
                if (_first.Enabled)
                    _last = _sequencer.Epoch is null ? [] : await Look(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task<IReadOnlyList<ProjectionView>> Look(CancellationToken ct)
    {
        try
        {
            return await _views.Read(ct);
        }
        catch (Exception outage) when (PostgresSession.IsOutage(outage))
        {
            return []; // the sequencer shows that its database is away
        }
    }

    private IEnumerable<Measurement<T>> Each<T>(Func<ProjectionView, T> of) where T : struct =>
        _last.Select(v => new Measurement<T>(of(v), [new("eventdriven.projection.name", v.Name)]));
}
