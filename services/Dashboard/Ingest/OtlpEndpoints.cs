using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Ingest.Otlp;
using Google.Protobuf;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Instrumentation.Http;

namespace EventDriven.Dashboard.Ingest;

/// <summary>OTLP over gRPC and over HTTP with protobuf, each on its own port, where nothing else answers.</summary>
internal static class OtlpEndpoints
{
    private const int LargestExport = 16 * 1024 * 1024;

    extension(WebApplicationBuilder builder)
    {
        public void AddOtlp()
        {
            builder.Services.AddOptions<OtlpOptions>().BindConfiguration("Otlp")
                .Configure(options =>
                {
                    options.GrpcPort = builder.Configuration.GetValue<int>("OTLP_GRPC_PORT");
                    options.HttpPort = builder.Configuration.GetValue<int>("OTLP_HTTP_PORT");
                });
            builder.ListenForOtlp();
            builder.Services.AddGrpc(options =>
            {
                options.MaxReceiveMessageSize = LargestExport;
                options.Interceptors.Add<KeyInterceptor>();
            });
            builder.Services.AddRequestDecompression();
            // Telemetry about telemetry, and about looking every two seconds how everybody is, would never end.
            builder.Services.PostConfigure<AspNetCoreTraceInstrumentationOptions>(options => options.Filter = static context => !IsOtlp(context.Request.Path));
            builder.Services.PostConfigure<HttpClientTraceInstrumentationOptions>(options => options.FilterHttpRequestMessage = static request => request.Method != HttpMethod.Get);
            // Without TLS a port speaks one version of HTTP, and gRPC needs the second.
            builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<OtlpOptions>>((kestrel, otlp) =>
                kestrel.ConfigureEndpointDefaults(endpoint =>
                {
                    if (endpoint.IPEndPoint?.Port == otlp.Value.GrpcPort)
                        endpoint.Protocols = HttpProtocols.Http2;
                }));
        }

        // Whoever starts this service names the two ports, beside the addresses of the pages; a container is told the ports of all of them.
        private void ListenForOtlp()
        {
            string[] otlp = [.. ((string?[])[builder.Configuration["OTLP_GRPC_PORT"], builder.Configuration["OTLP_HTTP_PORT"]]).Where(static port => port is { Length: > 0 }).Cast<string>()];
            string[] pages = builder.Configuration[WebHostDefaults.ServerUrlsKey] is { } urls
                ? urls.Split(';')
                : [.. (builder.Configuration[WebHostDefaults.HttpPortsKey] ?? "5100").Split(';').Except(otlp).Select(static port => $"http://*:{port}")];
            var host = BindingAddress.Parse(pages[0]).Host;
            builder.WebHost.UseUrls([.. pages, .. otlp.Select(port => $"http://{host}:{port}")]);
        }
    }

    extension(WebApplication app)
    {
        public void UseOtlp()
        {
            var otlp = app.Services.GetRequiredService<IOptions<OtlpOptions>>().Value;
            app.Use((context, next) =>
            {
                if (otlp.IsOtlp(context.Connection.LocalPort) == IsOtlp(context.Request.Path))
                    return next(context);
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
            app.UseRequestDecompression();

            var size = new RequestSizeLimitAttribute(LargestExport);
            app.MapGrpcService<TraceIngest>().AllowAnonymous().WithMetadata(size);
            app.MapGrpcService<MetricsIngest>().AllowAnonymous().WithMetadata(size);
            app.MapGrpcService<LogsIngest>().AllowAnonymous().WithMetadata(size);

            var http = app.MapGroup("/v1").AllowAnonymous().WithMetadata(size).ExcludeFromDescription();
            http.MapPost("/traces", (HttpRequest request, FlowFeed feed) => Take(request, otlp,
                ExportTraceServiceRequest.Parser, export => feed.Fold(OtlpReader.Read(export))));
            http.MapPost("/metrics", (HttpRequest request, FlowFeed feed) => Take(request, otlp,
                ExportMetricsServiceRequest.Parser, export => feed.Fold(OtlpReader.Read(export))));
            http.MapPost("/logs", (HttpRequest request) => Take(request, otlp,
                ExportLogsServiceRequest.Parser, static _ => { }));
        }
    }

    private static bool IsOtlp(PathString path) =>
        path.StartsWithSegments("/v1", StringComparison.Ordinal)
        || path.Value?.StartsWith("/opentelemetry.proto.collector.", StringComparison.Ordinal) is true;

    private static async Task<IResult> Take<T>(HttpRequest request, OtlpOptions otlp, MessageParser<T> parser, Action<T> fold)
        where T : IMessage<T>
    {
        if (!otlp.Is(request.Headers[OtlpOptions.Header]))
            return TypedResults.Problem(statusCode: StatusCodes.Status401Unauthorized, detail: $"The header {OtlpOptions.Header} is missing or wrong.");
        if (request.ContentType is not "application/x-protobuf")
            return TypedResults.Problem(statusCode: StatusCodes.Status415UnsupportedMediaType, detail: "Telemetry comes as application/x-protobuf.");

        var body = await request.BodyReader.ReadAtLeastAsync(LargestExport, request.HttpContext.RequestAborted);
        try
        {
            fold(parser.WithDiscardUnknownFields(true).ParseFrom(body.Buffer));
        }
        catch (InvalidProtocolBufferException)
        {
            return TypedResults.Problem(statusCode: StatusCodes.Status400BadRequest, detail: "The body is not an export of OpenTelemetry's protocol.");
        }
        finally
        {
            request.BodyReader.AdvanceTo(body.Buffer.End);
        }

        // An empty response message is an empty body.
        return TypedResults.Bytes([], "application/x-protobuf");
    }
}
