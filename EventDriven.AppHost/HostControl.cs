using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventDriven.AppHost;

/// <summary>
/// Lets the dashboard start, stop and restart the services: an endpoint of this host, for this machine alone, that asks for a token
/// which only the dashboard has, and writes down who did what.
/// </summary>
internal sealed class HostControl(Uri address, IResource[] services, ParameterResource token, DataFolder data, ResourceCommandService commands) : IHostedService, IAsyncDisposable
{
    private const int MostEntries = 100;
    private static readonly string[] verbs = [KnownResourceCommands.StartCommand, KnownResourceCommands.StopCommand, KnownResourceCommands.RestartCommand];

    private readonly Lock gate = new();
    private WebApplication? app;

    private string Audit => data.Part("host-audit.jsonl");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var expected = Hash($"Bearer {await token.GetValueAsync(cancellationToken)}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders(); // the console is the host's
        app = builder.Build();
        app.Urls.Add(address.ToString());
        var control = app.MapGroup("/services").AddEndpointFilter(async (call, next) =>
            CryptographicOperations.FixedTimeEquals(Hash(call.HttpContext.Request.Headers.Authorization.ToString()), expected) ? await next(call) : TypedResults.Unauthorized());
        control.MapGet("/audit", () => TypedResults.Ok(Entries()));
        control.MapPost("/{name}/{verb}", Do);
        await app.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (app is not null)
            await app.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
    }

    private async Task<IResult> Do(string name, string verb, HttpContext http)
    {
        if (http.Request.Headers["Acting-Account"].ToString() is not { Length: > 0 } who)
            return TypedResults.Problem("Say who acts, in the header Acting-Account.", statusCode: StatusCodes.Status400BadRequest, type: "/problems/bad-request");
        if (Array.Find(services, one => one.Name == name) is not { } service || !verbs.Contains(verb))
            return TypedResults.Problem($"There is no service '{name}' to {verb}.", statusCode: StatusCodes.Status404NotFound, type: "/problems/not-found");

        Write(new(TimeProvider.System.GetUtcNow(), who, name, verb));
        // Begun, it is finished, whether or not who asked still listens.
        var result = await commands.ExecuteCommandAsync(service, verb, CancellationToken.None);
        return result.Success
            ? TypedResults.Ok(new { name, verb })
            : TypedResults.Problem(result.Message ?? $"The host could not {verb} {name}.", statusCode: StatusCodes.Status409Conflict, type: "/problems/refused");
    }

    // Before it is done: what was begun and failed is in it too.
    private void Write(HostAction action)
    {
        lock (gate)
            File.AppendAllText(Audit, JsonSerializer.Serialize(action, JsonSerializerOptions.Web) + "\n");
    }

    private IEnumerable<HostAction> Entries()
    {
        lock (gate)
        {
            return File.Exists(Audit)
                ? [.. File.ReadLines(Audit).Select((line, number) => JsonSerializer.Deserialize<HostAction>(line, JsonSerializerOptions.Web)! with { Id = number + 1 }).TakeLast(MostEntries).Reverse()]
                : [];
        }
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private sealed record HostAction(DateTimeOffset At, string Who, string Subscription, string Action)
    {
        public long Id { get; init; }

        public object Details { get; init; } = new();
    }
}

internal static class HostControlExtensions
{
    /// <summary>The dashboard may start, stop and restart what has been added as a service; where somebody else runs it, it may not.</summary>
    public static IResourceBuilder<ProjectResource> WithHostControl(this IResourceBuilder<ProjectResource> dashboard, Tokens tokens, DataFolder data, IReadOnlyList<IResourceBuilder<IResource>> services)
    {
        var builder = dashboard.ApplicationBuilder;
        if (builder.ExecutionContext.IsPublishMode) return dashboard;
        var address = new Uri(builder.Configuration["Host:Address"] ?? $"http://127.0.0.1:{FreePort.Next()}");
        builder.Services.AddHostedService(provider => new HostControl(
            address, [.. services.Select(service => service.Resource)], tokens.Host.Resource, data, provider.GetRequiredService<ResourceCommandService>()));
        return dashboard.WithEnvironment("Host__Address", address.ToString()).WithEnvironment("Host__Token", tokens.Host);
    }
}
