using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

internal sealed record EngineOptions(
    IResourceCollection Resources, DistributedApplicationExecutionContext ExecutionContext,
    bool RandomPorts, bool StopsOnFailure, Func<string?> LogDirectory)
{
    public static bool IsProcess(IResource resource) => resource is ExecutableResource or ProjectResource;

    /// <summary>Whether it starts with the application, and not only when it is told to.</summary>
    public static bool StartsByItself(IResource resource) => !resource.Annotations.OfType<ExplicitStartupAnnotation>().Any();

    /// <summary>Those whose end others wait for.</summary>
    public HashSet<IResource> Completing() =>
        [.. Resources.SelectMany(resource => resource.Annotations.OfType<WaitAnnotation>()).Where(wait => wait.ForCompletion).Select(wait => wait.Resource)];
}
