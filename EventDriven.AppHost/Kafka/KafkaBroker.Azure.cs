using Aspire.Hosting.Azure;
using Azure.Provisioning.EventHubs;
using EventDriven.Contracts;

namespace EventDriven.AppHost;

internal static partial class KafkaBroker
{
    /// <summary>
    /// Signs a client in at the published broker: at Event Hubs with its managed identity, which may send and receive and nothing else;
    /// at any other with user and password.
    /// </summary>
    public static void SignIn(IResourceBuilder<ProjectResource> client)
    {
        var builder = client.ApplicationBuilder;
        client.WithEnvironment("Messaging__Security__Protocol", "SaslSsl");
        if (builder.Resources.OfType<AzureEventHubsResource>().SingleOrDefault() is { } hubs)
        {
            client.WithEnvironment("Messaging__Security__Mechanism", "OAuthBearer")
                .WithEnvironment("Messaging__SessionTimeoutMs", "30000") // what Event Hubs asks for
                .WithEnvironment("Messaging__Security__Scope", ReferenceExpression.Create($"https://{hubs.HostName}/.default"))
                .WithRoleAssignments(
                    builder.CreateResourceBuilder(hubs), EventHubsBuiltInRole.AzureEventHubsDataSender, EventHubsBuiltInRole.AzureEventHubsDataReceiver);
            return;
        }

        client.WithEnvironment("Messaging__Security__Mechanism", Parameter("kafka-mechanism"))
            .WithEnvironment("Messaging__Security__Username", Parameter("kafka-username"))
            .WithEnvironment("Messaging__Security__Password", Parameter("kafka-password", secret: true));

        IResourceBuilder<ParameterResource> Parameter(string name, bool secret = false) =>
            builder.Resources.OfType<ParameterResource>().FirstOrDefault(parameter => parameter.Name == name) is { } known
                ? builder.CreateResourceBuilder(known)
                : builder.AddParameter(name, secret);
    }

    // Event Hubs lets no client make a topic: they are part of what is deployed.
    private static IResourceBuilder<IResourceWithConnectionString> AddPublished(IDistributedApplicationBuilder builder, string name)
    {
        if (builder.Configuration["Publish:Kafka"] is "external") return builder.AddConnectionString(name);

        var hubs = builder.AddAzureEventHubs("eventhubs").ConfigureInfrastructure(infrastructure =>
        {
            foreach (var hub in infrastructure.GetProvisionableResources().OfType<EventHub>())
            {
                hub.RetentionDescription = new RetentionDescription
                {
                    CleanupPolicy = CleanupPolicyRetentionDescription.Delete,
                    RetentionTimeInHours = (long)Topics.Retention.TotalHours,
                };
            }
        });
        foreach (var topic in Topics.All)
            hubs.AddHub(topic.Replace('.', '-'), topic).WithProperties(hub => hub.PartitionCount = Topics.Partitions);
        return builder.AddConnectionString(name, ReferenceExpression.Create($"{hubs.Resource.HostName}:9093"));
    }
}
