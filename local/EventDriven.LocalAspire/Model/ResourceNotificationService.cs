using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Tells in which state every resource is, now and as it changes.</summary>
public class ResourceNotificationService
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ResourceEvent> current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ChannelWriter<ResourceEvent>> watchers = [];

    internal ResourceNotificationService()
    {
    }

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (gate)
        {
            var before = current.GetValueOrDefault(resource.Name)?.Snapshot ?? new CustomResourceSnapshot();
            var update = current[resource.Name] = new ResourceEvent(resource, resource.Name, stateFactory(before));
            foreach (var watcher in watchers) watcher.TryWrite(update);
        }

        return Task.CompletedTask;
    }

    public bool TryGetCurrentState(string resourceId, out ResourceEvent? resourceEvent)
    {
        lock (gate) return current.TryGetValue(resourceId, out resourceEvent);
    }

    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var updates = Channel.CreateUnbounded<ResourceEvent>();
        lock (gate)
        {
            foreach (var known in current.Values) updates.Writer.TryWrite(known);
            watchers.Add(updates.Writer);
        }

        try
        {
            await foreach (var update in updates.Reader.ReadAllAsync(cancellationToken)) yield return update;
        }
        finally
        {
            lock (gate) watchers.Remove(updates.Writer);
        }
    }

    /// <summary>Nothing will change any more: who watches gets to the end.</summary>
    internal void Complete()
    {
        lock (gate)
            foreach (var watcher in watchers) watcher.TryComplete();
    }

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var reached = await WaitForResourceAsync(resourceName, Reached, cancellationToken);
        return reached.Snapshot.State!.Text;

        bool Reached(ResourceEvent update) => update.Snapshot.State is { } state && targetStates.Contains(state.Text);
    }

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var update in WatchAsync(cancellationToken))
        {
            if (string.Equals(update.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(update)) return update;
        }

        throw new OperationCanceledException(cancellationToken);
    }

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        var update = await WaitForResourceAsync(resourceName, update => update.Snapshot is { IsHealthy: true } or { IsTerminal: true }, cancellationToken);
        return update.Snapshot.IsHealthy
            ? update
            : throw new DistributedApplicationException($"'{resourceName}' does not become healthy: {update.Snapshot.Reason}");
    }
}
