namespace EventDriven.AppHost;

internal static partial class KafkaBroker
{
    static partial void TryContainer(IDistributedApplicationBuilder builder, string name, ref IResourceBuilder<IResourceWithConnectionString>? container)
    {
        if (builder.ExecutionContext.IsPublishMode) container = AddPublished(builder, name);
        else if (ContainerEngine.IsPresent) container = builder.AddKafka(name).WithKafkaUI();
    }
}
