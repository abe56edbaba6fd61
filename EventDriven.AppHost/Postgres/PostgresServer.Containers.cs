using Aspire.Hosting.Azure;

namespace EventDriven.AppHost;

internal static partial class PostgresServer
{
    static partial void TryContainer(IDistributedApplicationBuilder builder, string name, ref IResourceBuilder<IResourceWithConnectionString>? container)
    {
        if (builder.ExecutionContext.IsPublishMode) container = AddPublished(builder, name);
        else if (ContainerEngine.IsPresent) container = builder.AddPostgres(name);
    }

    static partial void TryAddress(IResource postgres, ref ReferenceExpression? address)
    {
        if (postgres is AzurePostgresFlexibleServerResource published) address = AddressOf(published);
    }
}
