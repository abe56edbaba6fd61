namespace EventDriven.AppHost;

internal static partial class MailCatcher
{
    static partial void TryContainer(IDistributedApplicationBuilder builder, string name, ref IResourceBuilder<IResourceWithConnectionString>? container)
    {
        if (builder.ExecutionContext.IsPublishMode) container = builder.AddConnectionString(name);
        else if (ContainerEngine.IsPresent) container = AddCatcher(builder, name);
    }

    private static IResourceBuilder<MailCatcherContainer> AddCatcher(IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new MailCatcherContainer(name))
            .WithImage("axllent/mailpit", "v1.27")
            .WithEndpoint(targetPort: 1025, scheme: "smtp", name: "smtp")
            .WithHttpEndpoint(targetPort: 8025);

    private sealed class MailCatcherContainer(string name) : ContainerResource(name), IResourceWithConnectionString
    {
        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"smtp://{Smtp.Property(EndpointProperty.HostAndPort)}");

        private EndpointReference Smtp => new(this, "smtp");
    }
}
