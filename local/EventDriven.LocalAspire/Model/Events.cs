namespace Aspire.Hosting.ApplicationModel;

/// <summary>The application is about to start its resources.</summary>
public class BeforeStartEvent
{
    internal BeforeStartEvent(IServiceProvider services) => Services = services;

    public IServiceProvider Services { get; }
}

/// <summary>A resource is about to start: what it waits for is there.</summary>
public class BeforeResourceStartedEvent(IResource resource, IServiceProvider services)
{
    public IResource Resource { get; } = resource;

    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource has ended, by itself or because it was stopped.</summary>
public class ResourceStoppedEvent(IResource resource, IServiceProvider services, ResourceEvent resourceEvent)
{
    public IResource Resource { get; } = resource;

    public IServiceProvider Services { get; } = services;

    public ResourceEvent ResourceEvent { get; } = resourceEvent;
}

internal sealed record BeforeStartedCallback(Func<BeforeResourceStartedEvent, CancellationToken, Task> Callback) : IResourceAnnotation;

internal sealed record StoppedCallback(Func<ResourceStoppedEvent, CancellationToken, Task> Callback) : IResourceAnnotation;
