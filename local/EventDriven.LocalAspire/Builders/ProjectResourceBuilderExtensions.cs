using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Engine;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds .NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation(new TProject());
        var profile = LaunchProfile.Of(new TProject().ProjectPath, builder.Configuration["DOTNET_LAUNCH_PROFILE"]);
        foreach (var url in profile.Urls) project.WithEndpoint(port: url.Port, scheme: url.Scheme, name: url.Scheme);

        return project.WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
            variables["OTEL_SERVICE_NAME"] = name;
            variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Guid.CreateVersion7()}";
            if (builder.Environment.IsDevelopment()) SetDevelopmentTelemetry(variables);
            foreach (var (variable, value) in profile.EnvironmentVariables) variables.TryAdd(variable, value);

            var urls = project.Resource.GetEndpoints().Where(endpoint => endpoint.PortVariable is null && endpoint.Scheme is "http" or "https");
            if (urls.Any()) variables["ASPNETCORE_URLS"] = string.Join(';', urls.Select(endpoint => endpoint.Url));
        });
    }

    private static void SetDevelopmentTelemetry(Dictionary<string, object> variables)
    {
        variables["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true";
        variables["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true";
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
    }
}
