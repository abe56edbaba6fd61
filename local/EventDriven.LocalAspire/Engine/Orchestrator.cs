using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Engine;

/// <summary>Starts all resources at once, each as soon as what it waits for is there, and stops them in the reverse order.</summary>
internal sealed class Orchestrator(
    EngineOptions options, IServiceProvider services, ResourceNotificationService notifications, ConsoleReporter console,
    HealthCheckService health, IHostApplicationLifetime lifetime, IEnumerable<BeforeStartCallback> beforeStart) : IHostedService, IDisposable
{
    private readonly List<ResourceRunner> runners = [];
    private readonly CancellationTokenSource ending = new();
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
            if (!EngineOptions.IsProcess(resource)) await PublishAvailable(resource);
            else runners.Add(new ResourceRunner(
                resource, options, services, notifications, health, watcher, new ResourceLog(resource.Name, options.LogDirectory(), console)));
        }

        reporting = new StateReport(options, notifications, console).Run();
        foreach (var runner in runners)
        {
            if (EngineOptions.StartsByItself(runner.Resource)) _ = runner.Start(ending.Token);
            else runner.PublishNotStarted();
        }

        _ = WatchStart();
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

        notifications.Complete();
        await reporting;
        runners.Clear();
    }

    public void Dispose()
    {
        watcher?.Dispose();
        ending.Dispose();
    }

    private async Task WatchStart()
    {
        Failure = await new StartWatch(options, notifications, console).Run(ending.Token);
        if (Failure is not null && options.StopsOnFailure) lifetime.StopApplication();
    }

    private Task PublishAvailable(IResource resource) => notifications.PublishUpdateAsync(
        resource, snapshot => snapshot with { State = KnownResourceStates.Running, HealthStatus = HealthStatus.Healthy });
}
