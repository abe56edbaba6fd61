using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace EventDriven.ServiceDefaults;

/// <summary>Where telemetry goes: the endpoint of OpenTelemetry's own variables, and the flow dashboard.</summary>
internal sealed record OtlpTarget(string Name, Action<OtlpExporterOptions, string> Apply)
{
    public static IReadOnlyList<OtlpTarget> From(IConfiguration configuration)
    {
        var standard = configuration.GetValue<Uri>("OTEL_EXPORTER_OTLP_ENDPOINT");
        var flow = configuration.GetValue<Uri>("FLOW_OTLP_ENDPOINT");
        List<OtlpTarget> targets = [];

        // The exporter takes the standard variables by itself.
        if (standard is not null && standard != flow)
            targets.Add(new("standard", static (_, _) => { }));
        if (flow is not null)
            targets.Add(Flow(flow, configuration["FLOW_OTLP_KEY"], configuration["FLOW_OTLP_PROTOCOL"] is "http/protobuf"));
        return targets;
    }

    private static OtlpTarget Flow(Uri endpoint, string? key, bool overHttp) => new("flow", (options, path) =>
    {
        options.Protocol = overHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        options.Endpoint = overHttp ? new Uri(endpoint, path) : endpoint;
        options.Headers = key is null ? null : $"x-otlp-api-key={Uri.EscapeDataString(key)}";
        // The dashboard is near; when it is gone, its last batch must not hold up a service that stops.
        options.TimeoutMilliseconds = 1_000;
        // Not from the factory: its clients retry, and this exporter does so itself.
        options.HttpClientFactory = () => new HttpClient { Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds) };
    });
}
