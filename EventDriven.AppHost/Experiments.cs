namespace EventDriven.AppHost;

/// <summary>The experiments, which start copies of this system: a child of the dashboard, where there is a checkout to run them from.</summary>
internal static class ExperimentExtensions
{
    public static IResourceBuilder<ProjectResource> WithExperiments(this IResourceBuilder<ProjectResource> dashboard)
    {
        var builder = dashboard.ApplicationBuilder;
        var project = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "experiments", "EventDriven.Experiments"));
        if (builder.ExecutionContext.IsPublishMode || !Directory.Exists(project)) return dashboard;
        return dashboard
            .WithEnvironment("Experiments__Project", project)
            .WithEnvironment("Experiments__KafkaHome", builder.Configuration["KAFKA_HOME"] ?? "")
            // They are built for the world that this host was built for.
            .WithEnvironment("UseAspire", typeof(DistributedApplication).Assembly.GetName().Name == "Aspire.Hosting" ? "true" : "false");
    }
}
