using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using EventDriven.Dashboard.Ingest.Otlp;
using EventDriven.Dashboard.Tests.ServiceDefaults;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace EventDriven.Dashboard.Tests.Ingest;

public sealed class IngestTests : IAsyncLifetime
{
    private static readonly Method<ExportTraceServiceRequest, ExportTraceServiceResponse> Export = new(
        MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export",
        Marshallers.Create(static request => request.ToByteArray(), ExportTraceServiceRequest.Parser.ParseFrom),
        Marshallers.Create(static answer => answer.ToByteArray(), ExportTraceServiceResponse.Parser.ParseFrom));

    private RunningDashboard _dashboard = null!;

    public async ValueTask InitializeAsync() => _dashboard = await RunningDashboard.Start();

    public ValueTask DisposeAsync() => _dashboard.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("another-key")]
    [InlineData("")]
    public async Task Without_the_key_grpc_is_refused_and_nothing_shows(string? key)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Send(Sending("orders"), key));

        Assert.Equal(Grpc.Core.StatusCode.Unauthenticated, refused.StatusCode);
        Assert.Empty(_dashboard.Graph.Current.Publications);
    }

    [Fact]
    public async Task With_the_key_a_foreign_service_shows()
    {
        await Send(Sending("billing"), RunningDashboard.Key);

        var graph = await _dashboard.See(static graph => graph.Publications.Count == 1);
        Assert.Equal(("billing", "invoices"), (graph.Publications[0].Service, graph.Publications[0].Topic));
    }

    [Fact]
    public async Task The_older_attribute_names_are_understood()
    {
        await Send(Spans("ledger", kind: 5, ("messaging.system", "kafka"), ("messaging.destination", "invoices"),
            ("messaging.operation", "process"), ("messaging.kafka.consumer.group", "books")), RunningDashboard.Key);

        var graph = await _dashboard.See(static graph => graph.Deliveries.Count == 1);
        Assert.Equal(("invoices", "books", "ledger"), (graph.Deliveries[0].Topic, graph.Deliveries[0].Subscription, graph.Deliveries[0].Service));
    }

    [Fact]
    public async Task Http_takes_protobuf_with_the_key_and_refuses_it_without()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await Post(Sending("billing").ToByteArray(), key: null));
        Assert.Empty(_dashboard.Graph.Current.Publications);

        Assert.Equal(HttpStatusCode.OK, await Post(Sending("billing").ToByteArray(), RunningDashboard.Key));
        await _dashboard.See(static graph => graph.Publications.Count == 1);
    }

    [Fact]
    public async Task Http_refuses_what_is_no_telemetry()
    {
        Assert.Equal(HttpStatusCode.BadRequest, await Post([0xff, 0xff, 0xff], RunningDashboard.Key));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await Post([], RunningDashboard.Key, "application/json"));
    }

    [Fact]
    public async Task Pages_do_not_answer_on_the_telemetry_ports_and_telemetry_not_on_the_pages_port()
    {
        using var client = new HttpClient();
        foreach (var path in (string[])["/", "/login", "/health", "/_blazor"])
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(_dashboard.Http, path), Cancellation)).StatusCode);

        using var export = new ByteArrayContent(Sending("billing").ToByteArray());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_dashboard.Ui, "/v1/traces")) { Content = export };
        request.Headers.Add("x-otlp-api-key", RunningDashboard.Key);
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(request, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_container_that_is_told_all_ports_alike_has_pages_on_one_and_telemetry_on_the_two_others()
    {
        await using var container = await RunningDashboard.StartAsContainer();
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(container.Ui, "/alive"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(container.Http, "/alive"), Cancellation)).StatusCode);

        await Send(Sending("billing"), RunningDashboard.Key, container);
        await container.See(static graph => graph.Publications.Count == 1);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_service_with_our_defaults_shows_with_rate_and_latency(string protocol)
    {
        var endpoint = protocol is "grpc" ? _dashboard.Grpc : _dashboard.Http;
        await using var service = await RunningService.Start(static _ => { }, settings: new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["FLOW_OTLP_ENDPOINT"] = endpoint.ToString(),
            ["FLOW_OTLP_KEY"] = RunningDashboard.Key,
            ["FLOW_OTLP_PROTOCOL"] = protocol,
            ["OTEL_SERVICE_NAME"] = "email",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });
        using var source = new ActivitySource("EventDriven.Messaging");
        using var meter = new Meter("EventDriven.Messaging");
        var durations = meter.CreateHistogram<double>("messaging.process.duration", "s");
        Handle(source, durations);

        // 20 ms is what the histogram says; the span itself was much shorter.
        var graph = await _dashboard.See(static graph => graph.Publications.Count == 1
            && graph.Deliveries is [{ Traffic: { Count: 1, Rate: > 0, WayThrough: not null, Processing.Median.TotalMilliseconds: > 10 and < 25 } }]);
        Assert.Equal(("email", "email"), (graph.Publications[0].Service, graph.Deliveries[0].Service));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static void Handle(ActivitySource source, Histogram<double> durations)
    {
        using var sent = source.StartActivity("send orders.events", ActivityKind.Producer);
        sent?.SetTag("messaging.destination.name", "orders.events").SetTag("messaging.operation.type", "send");
        sent?.Stop();
        using var handled = source.StartActivity("process orders.events", ActivityKind.Consumer, parentContext: default, links: [new(sent?.Context ?? default)]);
        handled?.SetTag("messaging.destination.name", "orders.events").SetTag("messaging.operation.type", "process")
            .SetTag("messaging.consumer.group.name", "email");
        durations.Record(0.02, new("messaging.destination.name", "orders.events"), new("messaging.consumer.group.name", "email"));
    }

    private async Task Send(ExportTraceServiceRequest export, string? key, RunningDashboard? to = null)
    {
        using var channel = GrpcChannel.ForAddress((to ?? _dashboard).Grpc);
        var headers = new Metadata();
        if (key is not null)
            headers.Add("x-otlp-api-key", key);
        await channel.CreateCallInvoker().AsyncUnaryCall(Export, null, new CallOptions(headers, cancellationToken: Cancellation), export);
    }

    private async Task<HttpStatusCode> Post(byte[] body, string? key, string mediaType = "application/x-protobuf")
    {
        using var client = new HttpClient();
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_dashboard.Http, "/v1/traces")) { Content = content };
        if (key is not null)
            request.Headers.Add("x-otlp-api-key", key);
        return (await client.SendAsync(request, Cancellation)).StatusCode;
    }

    private static ExportTraceServiceRequest Sending(string service) => Spans(service, kind: 4,
        ("messaging.destination.name", "invoices"), ("messaging.operation.type", "send"));

    private static ExportTraceServiceRequest Spans(string service, int kind, params (string Key, string Value)[] attributes)
    {
        var span = new Span { Kind = kind, SpanId = ByteString.CopyFrom(1, 2, 3, 4, 5, 6, 7, 8) };
        span.Attributes.AddRange(attributes.Select(static attribute => Attribute(attribute.Key, attribute.Value)));
        return new ExportTraceServiceRequest
        {
            ResourceSpans =
            {
                new ResourceSpans
                {
                    Resource = new Resource { Attributes = { Attribute("service.name", service) } },
                    ScopeSpans = { new ScopeSpans { Spans = { span } } },
                },
            },
        };
    }

    private static KeyValue Attribute(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };
}
