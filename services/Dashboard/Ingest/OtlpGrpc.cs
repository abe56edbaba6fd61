using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Ingest.Otlp;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Ingest;

/// <summary>Refuses every gRPC call without the key.</summary>
internal sealed class KeyInterceptor(IOptions<OtlpOptions> options) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        options.Value.Is(context.RequestHeaders.GetValue(OtlpOptions.Header))
            ? continuation(request, context)
            : throw new RpcException(new Grpc.Core.Status(StatusCode.Unauthenticated, $"The header {OtlpOptions.Header} is missing or wrong."));
}

internal sealed class TraceIngest(FlowFeed feed) : TraceService.TraceServiceBase
{
    public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
    {
        feed.Fold(OtlpReader.Read(request));
        return Task.FromResult(new ExportTraceServiceResponse());
    }
}

internal sealed class MetricsIngest(FlowFeed feed) : MetricsService.MetricsServiceBase
{
    public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
    {
        feed.Fold(OtlpReader.Read(request));
        return Task.FromResult(new ExportMetricsServiceResponse());
    }
}

internal sealed class LogsIngest : LogsService.LogsServiceBase
{
    public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context) =>
        Task.FromResult(new ExportLogsServiceResponse());
}
