using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Flow;

/// <summary>The picture of the last hour: one every ten seconds, so that what was can be looked at after it is over. It never grows beyond that.</summary>
internal sealed class FlowHistory(FlowFeed feed, SystemWatch watch, TimeProvider clock) : BackgroundService
{
    private const int Most = 360;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Oldest first. A new list each time: pages may hold the old one.</summary>
    public IReadOnlyList<FlowMoment> Moments { get; private set; } = [];

    internal void Keep() =>
        Moments = [.. Moments.Skip(Math.Max(0, Moments.Count + 1 - Most)), new FlowMoment(clock.GetUtcNow(), feed.Graph.Current, watch.View.Current)];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Keep();
    }
}

/// <summary>Flow and system as they were.</summary>
public sealed record FlowMoment(DateTimeOffset At, FlowGraph Graph, SystemView System);
