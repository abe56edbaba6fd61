namespace Aspire.Hosting.ApplicationModel;

internal sealed record WaitAnnotation(IResource Resource, bool ForCompletion, int ExitCode = 0) : IResourceAnnotation;

internal sealed record ExplicitStartupAnnotation : IResourceAnnotation;

internal sealed record HealthCheckAnnotation(string Key) : IResourceAnnotation;
