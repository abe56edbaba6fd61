using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace EventDriven.SystemTests.Support;

/// <summary>
/// The line between a caller and a service: what goes over it can be lost, held, or made the moment at which something else happens. What was
/// sent arrives even when the caller has given up, as on a network.
/// </summary>
public sealed class Wire : IAsyncDisposable
{
    private static readonly Func<HttpRequest, Task> Undisturbed = _ => Task.CompletedTask;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionIdleTimeout = TimeSpan.FromMilliseconds(1) });
    private readonly Func<Uri> _service;
    private readonly WebApplication _app;

    private Wire(Func<Uri> service, WebApplication app) => (_service, _app) = (service, app);

    public string Address => _app.Urls.Single();

    /// <summary>Before a request goes on to the service; <see cref="Cut"/> loses it.</summary>
    public Func<HttpRequest, Task> OnRequest { get; set; } = Undisturbed;

    /// <summary>When the service has done its work and answered, before the caller hears of it; <see cref="Cut"/> loses the answer.</summary>
    public Func<HttpRequest, Task> OnAnswer { get; set; } = Undisturbed;

    public static async Task<Wire> To(Func<Uri> service, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var wire = new Wire(service, builder.Build());
        wire._app.Run(wire.Carry);
        await wire._app.StartAsync(ct);
        return wire;
    }

    /// <summary>Throw it to break the connection.</summary>
    public static Exception Cut() => new IOException("The line is cut.");

    public void Repair() => (OnRequest, OnAnswer) = (Undisturbed, Undisturbed);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task Carry(HttpContext context)
    {
        var request = context.Request;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        try
        {
            await OnRequest(request);
            using var sent = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(_service(), request.GetEncodedPathAndQuery())) { Content = new ByteArrayContent(body.ToArray()) };
            foreach (var (name, values) in request.Headers)
            {
                if (name is not ("Host" or "Content-Length" or "Transfer-Encoding") && !sent.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                    sent.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
            using var answer = await _client.SendAsync(sent, CancellationToken.None);
            var answered = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
            await OnAnswer(request);

            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            {
                if (name is not ("Transfer-Encoding" or "Content-Length"))
                    context.Response.Headers[name] = values.ToArray();
            }
            await context.Response.Body.WriteAsync(answered);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            context.Abort();
        }
    }
}
