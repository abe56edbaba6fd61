using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace EventDriven.CheckoutBenchmark.Replicas;

/// <summary>
/// A load balancer that knows <c>/health</c> and nothing else: each request goes once to the next replica that was well when last asked. It
/// repeats nothing, so a replica that refuses is seen by the client.
/// </summary>
internal sealed class Balancer : IAsyncDisposable
{
    private static readonly TimeSpan AsksEvery = TimeSpan.FromMilliseconds(500), AnswersWithin = TimeSpan.FromSeconds(2);

    private readonly HttpClient _forwards = new(new SocketsHttpHandler { AllowAutoRedirect = false }), _asks = new() { Timeout = AnswersWithin };
    private readonly CancellationTokenSource _ends = new();
    private readonly ConcurrentDictionary<Uri, bool> _isWell = new();
    private readonly WebApplication _app;
    private Task _watching = Task.CompletedTask;
    private int _next;

    private Balancer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<Balancer> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var balancer = new Balancer(builder.Build());
        balancer._app.Run(balancer.Forward);
        await balancer._app.StartAsync();
        return balancer;
    }

    /// <summary>Sends requests to these from now on, when they are well.</summary>
    public void Watch(IEnumerable<Uri> replicas) => _watching = Task.WhenAll(replicas.Select(Watch));

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
        _forwards.Dispose();
        _asks.Dispose();
        _ends.Dispose();
    }

    private async Task Watch(Uri replica)
    {
        while (true)
        {
            _isWell[replica] = await IsWell(replica);
            await Task.Delay(AsksEvery, _ends.Token);
        }
    }

    private async Task<bool> IsWell(Uri replica)
    {
        try
        {
            using var answer = await _asks.GetAsync(new Uri(replica, "/health"), _ends.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task Forward(HttpContext context)
    {
        Uri[] well = [.. _isWell.Where(r => r.Value).Select(r => r.Key)];
        if (well.Length == 0)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            return;
        }
        try
        {
            using var request = await Copy(context.Request, well[(uint)Interlocked.Increment(ref _next) % (uint)well.Length]);
            using var answer = await _forwards.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            {
                if (name is not ("Transfer-Encoding" or "Content-Length"))
                    context.Response.Headers[name] = values.ToArray();
            }
            await answer.Content.CopyToAsync(context.Response.Body);
        }
        catch (HttpRequestException)
        {
            context.Abort(); // as the replica did to us
        }
    }

    private static async Task<HttpRequestMessage> Copy(HttpRequest request, Uri replica)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var copy = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(replica, request.GetEncodedPathAndQuery())) { Content = new ByteArrayContent(body.ToArray()) };
        foreach (var (name, values) in request.Headers)
        {
            if (name is not ("Host" or "Content-Length" or "Transfer-Encoding") && !copy.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                copy.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }
        return copy;
    }
}
