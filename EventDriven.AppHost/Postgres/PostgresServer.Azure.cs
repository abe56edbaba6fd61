using Aspire.Hosting.Azure;
using Azure.Provisioning.PostgreSql;

namespace EventDriven.AppHost;

internal static partial class PostgresServer
{
    // It lets about 410 clients in. At 4 replicas each, 8 services and 3 that also read the vault open 4 × 11 × 8 = 352 at most.
    private const string Size = "Standard_B2s";
    private const string MostConnections = "8";

    // Setup makes databases and roles, as everywhere: services sign in as roles of their own, not as administrators of the server.
    private static IResourceBuilder<AzurePostgresFlexibleServerResource> AddPublished(IDistributedApplicationBuilder builder, string name) =>
        builder.AddAzurePostgresFlexibleServer(name).WithPasswordAuthentication().ConfigureInfrastructure(infrastructure =>
        {
            var server = infrastructure.GetProvisionableResources().OfType<PostgreSqlFlexibleServer>().Single();
            server.Sku = new PostgreSqlFlexibleServerSku { Name = Size, Tier = PostgreSqlFlexibleServerSkuTier.Burstable };
        });

    // The images have no Kerberos library, and no server here asks for it.
    private static ReferenceExpression AddressOf(AzurePostgresFlexibleServerResource server) =>
        ReferenceExpression.Create($"Host={server.Host};Port={server.Port};SSL Mode=VerifyFull;GSS Encryption Mode=Disable;Maximum Pool Size={MostConnections}");
}
