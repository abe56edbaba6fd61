using System.Collections.Concurrent;
using EventDriven.EventSourcing.Projections.Builds;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>The builds that are fed in this process now.</summary>
internal sealed class Feeders(CancellationToken ct)
{
    private readonly ConcurrentDictionary<long, Fed> _fed = []; // a build that takes another's place looks for its feeder

    public IReadOnlyList<Feeder> Running => [.. _fed.Values.Where(f => !f.Run.IsCompleted).Select(f => f.Feeder)];

    /// <summary>Feeds the builds of one projection that are to be fed, and stops feeding the others.</summary>
    public async Task Feed(ProjectionState state, Func<Build, Feeder?> feeder, Func<Feeder, CancellationToken, Task> atHead)
    {
        var wanted = state.IsPaused ? [] : state.Builds.Where(b => b.State != Build.Kept && b.Failure is null).ToArray();
        foreach (var (id, fed) in _fed.Where(f => f.Value.Feeder.Build.Projection == state.Name).ToArray())
        {
            // A build that has become the active one is fed anew, as that.
            if (fed.Run.IsCompleted || !Array.Exists(wanted, w => w.Id == id && w.State == fed.Feeder.Build.State))
                await Stop(id, fed);
        }
        foreach (var build in wanted.Where(w => !_fed.ContainsKey(w.Id)))
        {
            if (feeder(build) is not { } started)
                continue;
            var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            _fed[build.Id] = new(started, stop, started.Run(token => atHead(started, token), stop.Token));
        }
    }

    /// <summary>Waits for all of them, after they were told to stop.</summary>
    public async Task Ended()
    {
        foreach (var (id, fed) in _fed.ToArray())
            await Stop(id, fed);
    }

    private async Task Stop(long id, Fed fed)
    {
        await fed.Stop.CancelAsync();
        await fed.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        fed.Stop.Dispose();
        _fed.TryRemove(id, out _);
    }

    private sealed record Fed(Feeder Feeder, CancellationTokenSource Stop, Task Run);
}
