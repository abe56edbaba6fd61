namespace EventDriven.AppHost;

/// <summary>What becomes of the system when it is published.</summary>
internal static partial class Publishing
{
    public static void PublishToAzure(
        this IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> setup,
        IResourceBuilder<ProjectResource> dashboard, IResourceBuilder<ProjectResource> traffic)
    {
        if (builder.ExecutionContext.IsPublishMode) Compose(builder, setup, dashboard, traffic);
    }

    // Where the real Aspire is: in Publishing.Azure.cs.
    static partial void Compose(
        IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> setup,
        IResourceBuilder<ProjectResource> dashboard, IResourceBuilder<ProjectResource> traffic);
}
