using Aspire.Hosting.Azure;
using Azure.Provisioning.PostgreSql;

namespace EventDriven.AppHost;

internal static partial class PostgresServer
{
    // The smallest that takes the connections of every service at Publishing.MostReplicas.
    private const string Size = "Standard_B2s";

    // Setup makes databases and roles, as everywhere: services sign in as roles of their own, not as administrators of the server.
    private static IResourceBuilder<AzurePostgresFlexibleServerResource> AddPublished(IDistributedApplicationBuilder builder, string name) =>
        builder.AddAzurePostgresFlexibleServer(name).WithPasswordAuthentication().ConfigureInfrastructure(infrastructure =>
        {
            var server = infrastructure.GetProvisionableResources().OfType<PostgreSqlFlexibleServer>().Single();
            server.Sku = new PostgreSqlFlexibleServerSku { Name = Size, Tier = PostgreSqlFlexibleServerSkuTier.Burstable };
        });

    // The images have no Kerberos library, and no server here asks for it.
    private static ReferenceExpression AddressOf(AzurePostgresFlexibleServerResource server) =>
        ReferenceExpression.Create($"Host={server.Host};Port={server.Port};SSL Mode=VerifyFull;GSS Encryption Mode=Disable");
}
