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

    public Task<LogMessage?> Message(string service, string messageId, CancellationToken ct) =>
        Get<LogMessage>(service, $"control/log/messages/{Uri.EscapeDataString(messageId)}", ct);

    public Task<Whereabouts?> Whereabouts(string service, string subscription, string topic, Relayed at, CancellationToken ct) =>
        Get<Whereabouts>(service, $"control/subscriptions/{Uri.EscapeDataString(subscription)}/messages?topic={Uri.EscapeDataString(topic)}&partition={at.Partition}&offset={at.Offset}", ct);

    // A service without a log or without subscriptions does not know the address: that is no failure.
    private async Task<T?> Get<T>(string service, string path, CancellationToken ct) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https+http://{service}/{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.Token);
        using var answer = await http.SendAsync(request, ct);
        if (answer.StatusCode is HttpStatusCode.NotFound)
            return null;
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<T>(ct);
    }

    private sealed record HealthReport(string Status, HealthEntry[]? Checks);

    private sealed record HealthEntry(string Name, string Status, string? Description);
}

/// <summary>Who can be asked, and the token that opens their control endpoints.</summary>
internal sealed class ControlOptions
{
    public string Token { get; set; } = "";

    public IReadOnlyList<string> Services { get; set; } = [];
}

public enum Condition { Unknown, Up, Degraded, Down }

internal sealed record ServiceHealth(Condition Condition, string? Why);
