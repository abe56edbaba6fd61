namespace EventDriven.AppHost;

internal static partial class PostgresServer
{
    static partial void TryContainer(IDistributedApplicationBuilder builder, string name, ref IResourceBuilder<IResourceWithConnectionString>? container)
    {
        if (builder.ExecutionContext.IsPublishMode || ContainerEngine.IsPresent) container = builder.AddPostgres(name);
    }
}
