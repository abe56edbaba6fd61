using System.Reflection;

namespace Aspire.Hosting.Engine;

/// <summary>What the build wrote into the AppHost's assembly: where its projects stand and what they were built to.</summary>
internal static class BuildFacts
{
    public static string? AppHostDirectory(Assembly? appHost) => Metadata(appHost, "AppHostProjectPath");

    public static string BuiltAssembly(IProjectMetadata project) =>
        Metadata(project.GetType().Assembly, $"Built:{project.ProjectPath}") is { } built && File.Exists(built)
            ? built
            : throw new DistributedApplicationException($"{project.ProjectPath} is not built: build the solution, then start again.");

    private static string? Metadata(Assembly? assembly, string key) => assembly?
        .GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == key)?.Value;
}
