using EventDriven.Log;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>How far the active builds that this process feeds have come; none where another process holds the lease.</summary>
internal sealed class ProjectionProgress
{
    private volatile IReadOnlyDictionary<string, CatchUp> _active = new Dictionary<string, CatchUp>();

    /// <summary>Beats when the builds in the database should be looked at.</summary>
    public Pulse Changed { get; } = new();

    public CatchUp? Of(string projection) => _active.GetValueOrDefault(projection);

    public void Show(IEnumerable<Feeder> active) => _active = active.ToDictionary(f => f.Build.Projection, f => f.CatchUp, StringComparer.Ordinal);

    public void Stop() => _active = new Dictionary<string, CatchUp>();
}
