using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Engine;

/// <summary>One resource that is a process: waits for what it needs, starts, is watched, stops, starts again.</summary>
internal sealed class ResourceRunner(
    IResource resource, EngineOptions options, IServiceProvider services, ResourceNotificationService notifications,
    HealthCheckService health, Watcher watcher, ResourceLog log) : IAsyncDisposable
{
    private const int EndedAsAsked = 128 + 15; // by SIGTERM
    private static readonly TimeSpan Unhealthy = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim gate = new(1);
    private readonly HashSet<string> checks =
        [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key)];
    private CancellationTokenSource starting = new();
    private ChildProcess? process;
    private Task supervision = Task.CompletedTask;
    private bool asked;

    public IResource Resource => resource;

    /// <summary>Says that it waits to be told.</summary>
    public void PublishNotStarted() => Publish(KnownResourceStates.NotStarted);

    public async Task Start(CancellationToken cancellationToken = default)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (process is { Exited.IsCompleted: false }) return;
            await supervision;
            asked = false;
            starting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await StartOnce(starting.Token);
        }
        catch (OperationCanceledException)
        {
            PublishNotStarted();
        }
        catch (Exception e)
        {
            Publish(KnownResourceStates.FailedToStart, reason: e.Message);
        }
        finally
        {
            gate.Release();
        }
    }

    public async Task Stop()
    {
        await starting.CancelAsync();
        await gate.WaitAsync();
        try
        {
            if (process is not { Exited.IsCompleted: false } running) return;
            asked = true;
            Publish(KnownResourceStates.Stopping);
            await running.Stop();
            await supervision;
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        log.Dispose();
        gate.Dispose();
        starting.Dispose();
    }

    private async Task StartOnce(CancellationToken cancellationToken)
    {
        Publish(KnownResourceStates.Waiting);
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>()) await WaitFor(wait, cancellationToken);

        Publish(KnownResourceStates.Starting);
        foreach (var before in resource.Annotations.OfType<BeforeStartedCallback>())
            await before.Callback(new BeforeResourceStartedEvent(resource, services), cancellationToken);

        process = ChildProcess.Start(await Command.Of(resource, options.ExecutionContext, cancellationToken), watcher, log);
        Publish(KnownResourceStates.Running, checks.Count == 0 ? HealthStatus.Healthy : HealthStatus.Unhealthy);
        supervision = Supervise(process);
    }

    private async Task WaitFor(WaitAnnotation wait, CancellationToken cancellationToken)
    {
        if (!wait.ForCompletion)
        {
            await notifications.WaitForResourceHealthyAsync(wait.Resource.Name, cancellationToken);
            return;
        }

        var ended = await notifications.WaitForResourceAsync(wait.Resource.Name, update => update.Snapshot.IsTerminal, cancellationToken);
        if (ended.Snapshot.ExitCode != wait.ExitCode)
            throw new DistributedApplicationException(ended.Snapshot.Reason ?? $"'{wait.Resource.Name}' did not complete.");
    }

    private async Task Supervise(ChildProcess running)
    {
        using var watching = new CancellationTokenSource();
        var monitor = Monitor(watching.Token);
        var exitCode = await running.Exited;
        await watching.CancelAsync();
        await monitor;

        var reason = $"'{resource.Name}' has ended with exit code {exitCode}: {log.LastWords}{(log.File is null ? "" : $" (its log: {log.File})")}";
        Publish(
            exitCode == 0 || (asked && exitCode == EndedAsAsked) ? KnownResourceStates.Finished : KnownResourceStates.Exited,
            exitCode: exitCode, reason: reason);
        notifications.TryGetCurrentState(resource.Name, out var ended);
        foreach (var stopped in resource.Annotations.OfType<StoppedCallback>())
            await stopped.Callback(new ResourceStoppedEvent(resource, services, ended!), CancellationToken.None);
    }

    private async Task Monitor(CancellationToken cancellationToken)
    {
        if (checks.Count == 0) return;
        try
        {
            var last = HealthStatus.Unhealthy;
            while (true)
            {
                var report = await health.CheckHealthAsync(check => checks.Contains(check.Name), cancellationToken);
                if (report.Status != last && !cancellationToken.IsCancellationRequested) Publish(KnownResourceStates.Running, last = report.Status);
                await Task.Delay(report.Status == HealthStatus.Healthy ? Healthy : Unhealthy, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process has ended: it has no health any more.
        }
    }

    private void Publish(string state, HealthStatus? status = null, int? exitCode = null, string? reason = null) =>
        _ = notifications.PublishUpdateAsync(resource, snapshot => snapshot with
        {
            State = state,
            HealthStatus = status,
            ExitCode = exitCode,
            Reason = reason,
        });
}
