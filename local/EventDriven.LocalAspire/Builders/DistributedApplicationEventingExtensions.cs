using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

internal sealed record BeforeStartCallback(Func<BeforeStartEvent, CancellationToken, Task> Callback);

/// <summary>What an AppHost does itself at the turns of a resource's life.</summary>
public static class DistributedApplicationEventingExtensions
{
    public static T OnBeforeStart<T>(this T builder, Func<BeforeStartEvent, CancellationToken, Task> callback)
        where T : IDistributedApplicationBuilder
    {
        builder.Services.AddSingleton(new BeforeStartCallback(callback));
        return builder;
    }

    public static IResourceBuilder<T> OnBeforeResourceStarted<T>(
        this IResourceBuilder<T> builder, Func<T, BeforeResourceStartedEvent, CancellationToken, Task> callback) where T : IResource =>
        builder.WithAnnotation(new BeforeStartedCallback((started, ct) => callback(builder.Resource, started, ct)));

    public static IResourceBuilder<T> OnResourceStopped<T>(
        this IResourceBuilder<T> builder, Func<T, ResourceStoppedEvent, CancellationToken, Task> callback) where T : IResource =>
        builder.WithAnnotation(new StoppedCallback((stopped, ct) => callback(builder.Resource, stopped, ct)));
}
