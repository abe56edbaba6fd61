using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

internal sealed record EngineOptions(
    IResourceCollection Resources, DistributedApplicationExecutionContext ExecutionContext,
    bool RandomPorts, bool StopsOnFailure, Func<string?> LogDirectory);
