using Azure.Provisioning.AppContainers;
using EventDriven.Contracts;

namespace EventDriven.AppHost;

internal static partial class Publishing
{
    // A replica more than there are partitions would have nothing to read; before that, PostgreSQL's connections end: docs/deploy.md.
    private static readonly int MostReplicas = Math.Min(4, Topics.Partitions);

    static partial void Compose(
        IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> setup,
        IResourceBuilder<ProjectResource> dashboard, IResourceBuilder<ProjectResource> traffic)
    {
        // A hyphen in this name would make bicep that does not compile.
        builder.AddAzureContainerAppEnvironment("cae").WithDashboard(false);

        KafkaBroker.SignIn(setup);
        setup.PublishAsAzureContainerAppJob();

        foreach (var resource in builder.Resources.OfType<ProjectResource>().Where(project => project != setup.Resource).ToArray())
        {
            var isOne = resource == dashboard.Resource || resource == traffic.Resource;
            var service = builder.CreateResourceBuilder(resource).WithProbes();
            KafkaBroker.SignIn(service);
            service.PublishAsAzureContainerApp((_, app) => Scale(app, isOne ? 1 : MostReplicas));
        }

        // What a browser has open lives in the process that it was opened on.
        dashboard.WithSignIn()
            .WithEndpoint("http", endpoint => endpoint.IsExternal = true)
            .WithEndpoint("https", endpoint => endpoint.IsExternal = true)
            .PublishAsAzureContainerApp((_, app) => app.Configuration.Ingress.StickySessionsAffinity = StickySessionAffinity.Sticky);
    }

    // Never none: a subscription reads only while it runs, and the relay sends only while it runs.
    private static void Scale(ContainerApp app, int most)
    {
        app.Template.Scale.MinReplicas = 1;
        app.Template.Scale.MaxReplicas = most;
        app.Template.Scale.Rules =
        [
            new ContainerAppScaleRule
            {
                Name = "processor",
                Custom = new ContainerAppCustomScaleRule
                {
                    CustomScaleRuleType = "cpu",
                    Metadata = { ["type"] = "Utilization", ["value"] = "70" },
                },
            },
        ];
    }

    extension(IResourceBuilder<ProjectResource> service)
    {
#pragma warning disable ASPIREPROBES001 // probes are marked as an evaluation; nothing else becomes a container app's probe
        private IResourceBuilder<ProjectResource> WithProbes() => service
            .WithProbe(ProbeType.Startup, "/alive", periodSeconds: 10, timeoutSeconds: 1, failures: 10)
            .WithProbe(ProbeType.Liveness, "/alive", periodSeconds: 10, timeoutSeconds: 5, failures: 3)
            .WithProbe(ProbeType.Readiness, "/health", periodSeconds: 5, timeoutSeconds: 5, failures: 3);

        // Not WithHttpProbe: it adds a health check with each probe, and Aspire refuses a second one of the same address.
        private IResourceBuilder<ProjectResource> WithProbe(ProbeType type, string path, int periodSeconds, int timeoutSeconds, int failures) =>
            service.WithAnnotation(new EndpointProbeAnnotation
            {
                Type = type,
                EndpointReference = service.GetEndpoint("http"),
                Path = path,
                InitialDelaySeconds = 5,
                PeriodSeconds = periodSeconds,
                TimeoutSeconds = timeoutSeconds,
                FailureThreshold = failures,
                SuccessThreshold = 1,
            });
#pragma warning restore ASPIREPROBES001

        /// <summary>People sign in with accounts of their own: a page that everybody can reach needs to know who looks.</summary>
        private IResourceBuilder<ProjectResource> WithSignIn() => service
            .WithEnvironment("Oidc__Authority", service.ApplicationBuilder.AddParameter("oidc-authority"))
            .WithEnvironment("Oidc__ClientId", service.ApplicationBuilder.AddParameter("oidc-client-id"))
            .WithEnvironment("Oidc__ClientSecret", service.ApplicationBuilder.AddParameter("oidc-client-secret", secret: true));
    }
}
