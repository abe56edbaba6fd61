using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Watch;

/// <summary>The services that this dashboard knows, and what they say about themselves.</summary>
internal sealed class ControlClient(HttpClient http, IOptions<ControlOptions> options)
{
    public IReadOnlyList<string> Services => options.Value.Services;

    public async Task<ServiceHealth> Health(string service, CancellationToken ct)
    {
        using var answer = await http.GetAsync(new Uri($"https+http://{service}/health"), ct);
        var report = answer.Content.Headers.ContentType?.MediaType is "application/json"
            ? await answer.Content.ReadFromJsonAsync<HealthReport>(ct)
            : null;
        var causes = report?.Checks?.Where(check => check.Status is not "Healthy").Select(check => check.Description ?? check.Name);
        return new(
            !answer.IsSuccessStatusCode ? Condition.Down : report?.Status is "Degraded" ? Condition.Degraded : Condition.Up,
            causes is null ? null : string.Join("; ", causes) is { Length: > 0 } why ? why : null);
    }

    public Task<LogStatus?> Log(string service, CancellationToken ct) => Get<LogStatus>(service, "control/log", ct);

    public Task<SubscriptionStatus[]?> Subscriptions(string service, CancellationToken ct) =>
        Get<SubscriptionStatus[]>(service, "control/subscriptions", ct);

    public Task<LogMessage[]?> Messages(string service, int limit, string? correlation, CancellationToken ct) =>
        Get<LogMessage[]>(service, $"control/log/messages?limit={limit}{(correlation is null ? "" : $"&correlation={Uri.EscapeDataString(correlation)}")}", ct);

    /// <summary>What an id may mean in a service's log: a message, a journey, or an entity.</summary>
    public Task<LogMessage[]?> Meant(string service, Guid id, int limit, CancellationToken ct) =>
        Get<LogMessage[]>(service, $"control/log/meant?id={id}&limit={limit}", ct);

    /// <summary>What a subscription did with a message; its source and stream tell even where its place on the topic no longer does.</summary>
    public Task<Whereabouts?> Whereabouts(string service, string subscription, string source, LogMessage message, CancellationToken ct) =>
        message is { Topic: { } topic, Relayed: { } at }
            ? Get<Whereabouts>(service, $"control/subscriptions/{Uri.EscapeDataString(subscription)}/messages?topic={Uri.EscapeDataString(topic)}&partition={at.Partition}&offset={at.Offset}" +
                $"&messageId={message.MessageId}&source={Uri.EscapeDataString(source)}&stream={Uri.EscapeDataString(message.Stream)}&sequence={message.Sequence}", ct)
            : Task.FromResult<Whereabouts?>(null);

    /// <summary>What a service answers; null where it knows no such thing, as one without a log or without subscriptions does not.</summary>
    public async Task<T?> Get<T>(string service, string path, CancellationToken ct) where T : class
    {
        using var request = Request(HttpMethod.Get, service, path);
        using var answer = await http.SendAsync(request, ct);
        if (answer.StatusCode is HttpStatusCode.NotFound)
            return null;
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<T>(ct);
    }

    /// <summary>Tells a service to do something, in the name of an account; a refusal comes back with its reason.</summary>
    public async Task<Answer<T>> Post<T>(string service, string path, object body, string account, CancellationToken ct) where T : class
    {
        using var request = Request(HttpMethod.Post, service, path);
        request.Headers.Add("Acting-Account", account);
        request.Content = JsonContent.Create(body);
        using var answer = await http.SendAsync(request, ct);
        if (answer.IsSuccessStatusCode)
            return new(answer.Content.Headers.ContentLength is 0 ? null : await answer.Content.ReadFromJsonAsync<T>(ct), null);
        var problem = answer.Content.Headers.ContentType?.MediaType is "application/problem+json" ? await answer.Content.ReadFromJsonAsync<Refusal>(ct) : null;
        return new(null, problem?.Detail ?? $"{service} answers {(int)answer.StatusCode}.");
    }

    private HttpRequestMessage Request(HttpMethod method, string service, string path) => new(method, new Uri($"https+http://{service}/{path}"))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", options.Value.Token) },
    };

    private sealed record Refusal(string? Detail);

    private sealed record HealthReport(string Status, HealthEntry[]? Checks);

    private sealed record HealthEntry(string Name, string Status, string? Description);
}

/// <summary>Who can be asked, and the token that opens their control endpoints.</summary>
internal sealed class ControlOptions
{
    public string Token { get; set; } = "";

    public IReadOnlyList<string> Services { get; set; } = [];
}

/// <summary>What a service says to something it was told to do: an answer, or why not.</summary>
internal sealed record Answer<T>(T? Value, string? Problem) where T : class;

public enum Condition { Unknown, Up, Degraded, Down }

internal sealed record ServiceHealth(Condition Condition, string? Why);
