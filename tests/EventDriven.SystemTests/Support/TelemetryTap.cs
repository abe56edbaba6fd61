using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventDriven.SystemTests.Support;

/// <summary>Takes in all that the services export (OTLP over HTTP) as it is, so that a test can look for what must not be in it.</summary>
public sealed class TelemetryTap : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> _exports = new();
    private readonly WebApplication _app;

    private TelemetryTap(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public static async Task<TelemetryTap> Start(CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var tap = new TelemetryTap(builder.Build());
        tap._app.MapPost("/v1/{signal}", tap.TakeIn);
        await tap._app.StartAsync(ct);
        return tap;
    }

    /// <summary>How many exports of a signal (traces, metrics, logs) hold the text.</summary>
    public int Count(string signal, string text) => _exports.Count(e => e.Signal == signal && e.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeIn(string signal, HttpRequest request, CancellationToken ct)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        _exports.Enqueue((signal, body.ToArray()));
        return Results.Ok();
    }
}
