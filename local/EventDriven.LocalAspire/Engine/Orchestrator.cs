using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Engine;

/// <summary>Starts all resources at once, each as soon as what it waits for is there, and stops them in the reverse order.</summary>
internal sealed class Orchestrator(
    EngineOptions options, IServiceProvider services, ResourceNotificationService notifications, ConsoleReporter console,
    HealthCheckService health, IHostApplicationLifetime lifetime, IEnumerable<BeforeStartCallback> beforeStart) : IHostedService, IDisposable
{
    private static readonly string[] betweens = [KnownResourceStates.Waiting, KnownResourceStates.Running, KnownResourceStates.Stopping];
    private readonly List<ResourceRunner> runners = [];
    private readonly CancellationTokenSource ending = new();
    private readonly CancellationTokenSource ended = new();
    private Watcher? watcher;
    private Task reporting = Task.CompletedTask;

    public string? Failure { get; private set; }

    public ResourceRunner? Find(string name) =>
        runners.Find(runner => string.Equals(runner.Resource.Name, name, StringComparison.OrdinalIgnoreCase));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.ExecutionContext.IsPublishMode)
            throw new DistributedApplicationException(
                "Publishing needs the real Aspire: build with -p:UseAspire=true where its packages can be restored, then publish again.");

        await Ports.Allocate(options.Resources, options.RandomPorts, cancellationToken);
        foreach (var before in beforeStart) await before.Callback(new BeforeStartEvent(services), cancellationToken);

        watcher = new Watcher();
        foreach (var resource in options.Resources)
        {
            if (resource is not (ExecutableResource or ProjectResource)) await PublishAvailable(resource);
            else runners.Add(new ResourceRunner(
                resource, options, services, notifications, health, watcher, new ResourceLog(resource.Name, options.LogDirectory(), console)));
        }

        reporting = Report(ended.Token);
        foreach (var runner in runners) _ = runner.Start(ending.Token);
        _ = WatchStart(ending.Token);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await ending.CancelAsync();
        var left = runners.ToHashSet();
        while (left.Count > 0)
        {
            var needed = left.SelectMany(runner => runner.Resource.Annotations.OfType<WaitAnnotation>()).Select(wait => wait.Resource).ToHashSet();
            var last = left.Where(runner => !needed.Contains(runner.Resource)).ToArray();
            await Task.WhenAll(last.Select(runner => runner.DisposeAsync().AsTask()));
            left.ExceptWith(last);
        }

        runners.Clear();
        await ended.CancelAsync();
        await reporting;
    }

    public void Dispose()
    {
        watcher?.Dispose();
        ending.Dispose();
        ended.Dispose();
    }

    private Task PublishAvailable(IResource resource) => notifications.PublishUpdateAsync(
        resource, snapshot => snapshot with { State = KnownResourceStates.Running, HealthStatus = HealthStatus.Healthy });

    // The start is over when all are up at the same moment; until then, whoever ends ends it.
    private async Task WatchStart(CancellationToken cancellationToken)
    {
        var completing = Completing();
        try
        {
            await foreach (var update in notifications.WatchAsync(cancellationToken))
            {
                if (update.Snapshot.IsTerminal && !HasCompleted(update))
                {
                    if (!options.StopsOnFailure) return;
                    Failure = update.Snapshot.Reason;
                    lifetime.StopApplication();
                    return;
                }

                if (!runners.TrueForAll(IsUp)) continue;
                console.Ready(await Urls(cancellationToken), options.LogDirectory());
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped before everything was up.
        }

        bool HasCompleted(ResourceEvent update) => update.Snapshot.ExitCode == 0 && completing.Contains(update.Resource);

        bool IsUp(ResourceRunner runner) => notifications.TryGetCurrentState(runner.Resource.Name, out var now)
            && (completing.Contains(runner.Resource) ? HasCompleted(now!) : now!.Snapshot.IsHealthy);
    }

    private async Task Report(CancellationToken cancellationToken)
    {
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await foreach (var update in notifications.WatchAsync(cancellationToken))
            {
                var (name, snapshot) = (update.Resource.Name, update.Snapshot);
                var state = Shown(update);
                if (Find(name) is null || state is null || shown.GetValueOrDefault(name) == state) continue;
                console.State(name, shown[name] = state, state != "finished" ? snapshot.Reason : null);
            }
        }
        catch (OperationCanceledException)
        {
            // Everything has ended: nothing is left to be reported.
        }
    }

    // States in between are of no interest; who only has to end is never called healthy.
    private string? Shown(ResourceEvent update) => update.Snapshot switch
    {
        { IsHealthy: true } => Completing().Contains(update.Resource) ? null : "healthy",
        { State.Text: var state } when betweens.Contains(state) => null,
        { State.Text: var state } => state.ToLowerInvariant(),
        _ => null,
    };

    private HashSet<IResource> Completing() =>
        [.. options.Resources.SelectMany(resource => resource.Annotations.OfType<WaitAnnotation>()).Where(wait => wait.ForCompletion).Select(wait => wait.Resource)];

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
