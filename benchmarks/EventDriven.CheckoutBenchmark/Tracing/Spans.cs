using System.Collections.Concurrent;
using EventDriven.CheckoutBenchmark.Tracing.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventDriven.CheckoutBenchmark.Tracing;

/// <summary>Takes what services export over OTLP and HTTP, and keeps the spans.</summary>
internal sealed class Spans : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentBag<(string Service, Span Span)> _all = [];

    private Spans()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            Take(ExportTraceServiceRequest.Parser.ParseFrom(body.ToArray()));
        });
        _app.MapPost("/v1/{signal}", static () => { }); // nobody asks for these here
    }

    /// <summary>Where services are to send them.</summary>
    public string Address => _app.Urls.First();

    public IReadOnlyCollection<(string Service, Span Span)> All => _all;

    public static async Task<Spans> Start()
    {
        var spans = new Spans();
        await spans._app.StartAsync();
        return spans;
    }

    public void Forget() => _all.Clear();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Take(ExportTraceServiceRequest export)
    {
        foreach (var of in export.ResourceSpans)
        {
            var service = of.Resource.Attributes.First(static a => a.Key == "service.name").Value.StringValue;
            foreach (var span in of.ScopeSpans.SelectMany(static scope => scope.Spans))
                _all.Add((service, span));
        }
    }
}
