using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

/// <summary>Tells the console how each process fares, one line per turn.</summary>
internal sealed class StateReport(EngineOptions options, ResourceNotificationService notifications, ConsoleReporter console)
{
    // Of no interest to who waits for the system.
    private static readonly string[] betweens =
        [KnownResourceStates.Waiting, KnownResourceStates.Running, KnownResourceStates.Stopping, KnownResourceStates.NotStarted];
    private readonly HashSet<IResource> completing = options.Completing();

    public async Task Run()
    {
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var update in notifications.WatchAsync())
        {
            var (name, snapshot) = (update.Resource.Name, update.Snapshot);
            var state = Shown(update);
            if (!EngineOptions.IsProcess(update.Resource) || state is null || shown.GetValueOrDefault(name) == state) continue;
            console.State(name, shown[name] = state, state == "finished" ? null : snapshot.Reason);
        }
    }

    // Who only has to end is never called healthy.
    private string? Shown(ResourceEvent update) => update.Snapshot switch
    {
        { IsHealthy: true } => completing.Contains(update.Resource) ? null : "healthy",
        { State.Text: var state } when betweens.Contains(state) => null,
        { State.Text: var state } => state == KnownResourceStates.FailedToStart ? "failed to start" : state.ToLowerInvariant(),
        _ => null,
    };
}
