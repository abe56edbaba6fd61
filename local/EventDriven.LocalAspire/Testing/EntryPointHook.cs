using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Runs an AppHost's entry point up to Build and hands its builder to the test.</summary>
internal sealed class EntryPointHook
{
    private static readonly AsyncLocal<EntryPointHook?> current = new();
    private readonly TaskCompletionSource<LocalApplicationBuilder> builder = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EntryPointHook(Assembly appHost) => AppHost = appHost;

    public static EntryPointHook? Current => current.Value;

    public Assembly AppHost { get; }

    public static Task<LocalApplicationBuilder> Run(Assembly appHost, string[] args)
    {
        var hook = new EntryPointHook(appHost);
        var entryPoint = appHost.EntryPoint ?? throw new InvalidOperationException($"{appHost.GetName().Name} has no entry point.");
        _ = Task.Run(async () =>
        {
            current.Value = hook;
            try
            {
                var result = entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? null : [args]);
                if (result is Task task) await task;
                hook.builder.TrySetException(new InvalidOperationException($"{appHost.GetName().Name} ended without building an application."));
            }
            catch (Exception e) when (e is TargetInvocationException { InnerException: HostAbortedException } or HostAbortedException)
            {
                // This is how Build ends the entry point; the builder has been handed over by then.
            }
            catch (TargetInvocationException e)
            {
                hook.builder.TrySetException(e.InnerException!);
            }
        });
        return hook.builder.Task;
    }

    public void Complete(LocalApplicationBuilder built) => builder.TrySetResult(built);
}
