namespace EventDriven.AppHost;

/// <summary>Secrets that are made anew for every run.</summary>
internal sealed record Tokens(
    IResourceBuilder<ParameterResource> Control, IResourceBuilder<ParameterResource> Backfill,
    IResourceBuilder<ParameterResource> Telemetry, IResourceBuilder<ParameterResource> Login,
    IResourceBuilder<ParameterResource> Host);

internal static class TokenExtensions
{
    // Aspire sets both to true in development; no query string belongs into a trace.
    private static readonly string[] redactionSwitches =
    [
        "OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION",
        "OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION",
    ];

    public static Tokens AddTokens(this IDistributedApplicationBuilder builder)
    {
        return new Tokens(Token("control-token"), Token("backfill-token"), Token("telemetry-key"), Token("login-token"), Token("host-token"));

        IResourceBuilder<ParameterResource> Token(string name) =>
            builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);
    }

    extension(IResourceBuilder<ProjectResource> service)
    {
        public IResourceBuilder<ProjectResource> WithTokens(Tokens tokens)
        {
            foreach (var name in redactionSwitches) service.WithEnvironment(name, "false");
            return service.WithEnvironment("Control__Token", tokens.Control).WithEnvironment("Backfill__Token", tokens.Backfill);
        }

        public IResourceBuilder<ProjectResource> WithTelemetryTo(IResourceBuilder<ProjectResource> dashboard, Tokens tokens) => service
            .WithEnvironment("FLOW_OTLP_ENDPOINT", dashboard.GetEndpoint("otlp-grpc"))
            .WithEnvironment("FLOW_OTLP_KEY", tokens.Telemetry);

        /// <summary>Takes telemetry from whoever has the key, beside the pages of its own.</summary>
        public IResourceBuilder<ProjectResource> WithTelemetryIngest(Tokens tokens) => service
            .WithOtlpEndpoint("otlp-grpc", 5110, "OTLP_GRPC_PORT")
            .WithOtlpEndpoint("otlp-http", 5111, "OTLP_HTTP_PORT")
            .WithEnvironment("Otlp__Key", tokens.Telemetry);

        // On a development machine the port is fixed for whoever sends; published, it is one of the container's, and nothing outside of it is.
        private IResourceBuilder<ProjectResource> WithOtlpEndpoint(string name, int port, string variable) =>
            service.ApplicationBuilder.ExecutionContext.IsPublishMode
                ? service.WithHttpEndpoint(targetPort: port, name: name, env: variable)
                : service.WithHttpEndpoint(port: port, name: name, env: variable);

        /// <summary>The one link to open: it signs in. The other endpoints are for programs. Published, people sign in with accounts of their own.</summary>
        public IResourceBuilder<ProjectResource> WithSignInLink(Tokens tokens) => service.ApplicationBuilder.ExecutionContext.IsPublishMode ? service : service
            .WithEnvironment("Login__Token", tokens.Login)
            .WithUrls(async context =>
            {
                var token = await tokens.Login.Resource.GetValueAsync(context.CancellationToken);
                context.Urls.RemoveAll(url => url.Endpoint?.EndpointName != "http");
                foreach (var url in context.Urls) url.Url += $"/login?t={token}";
            });
    }
}
