using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

/// <summary>The start is over when all that start by themselves are up at the same moment; until then, whoever ends ends it.</summary>
internal sealed class StartWatch(EngineOptions options, ResourceNotificationService notifications, ConsoleReporter console)
{
    private readonly HashSet<IResource> completing = options.Completing();

    /// <summary>Why the start has failed; null when it has not.</summary>
    public async Task<string?> Run(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var update in notifications.WatchAsync(cancellationToken))
            {
                if (update.Snapshot.IsTerminal && !HasCompleted(update)) return update.Snapshot.Reason;
                if (!options.Resources.Where(EngineOptions.IsProcess).Where(EngineOptions.StartsByItself).All(IsUp)) continue;
                console.Ready(await Urls(cancellationToken), options.LogDirectory());
                return null;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped before everything was up.
        }

        return null;
    }

    private bool HasCompleted(ResourceEvent update) => update.Snapshot.ExitCode == 0 && completing.Contains(update.Resource);

    private bool IsUp(IResource resource) => notifications.TryGetCurrentState(resource.Name, out var now)
        && (completing.Contains(resource) ? HasCompleted(now!) : now!.Snapshot.IsHealthy);

    private async Task<List<(string, string)>> Urls(CancellationToken cancellationToken)
    {
        var all = new List<(string, string)>();
        foreach (var resource in options.Resources.OfType<IResourceWithEndpoints>())
        {
            var urls = resource.GetEndpoints().Where(endpoint => endpoint.Scheme is "http" or "https")
                .Select(endpoint => new ResourceUrlAnnotation { Url = endpoint.Url, Endpoint = endpoint });
            var context = new ResourceUrlsCallbackContext(options.ExecutionContext, resource, [.. urls], cancellationToken);
            foreach (var annotation in resource.Annotations.OfType<UrlsCallback>()) await annotation.Callback(context);
            all.AddRange(context.Urls.Select(url => (resource.Name, url.Url)));
        }

        return all;
    }
}
