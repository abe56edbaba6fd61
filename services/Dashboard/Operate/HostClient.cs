using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Operate;

/// <summary>The host that runs the services, where it lets the dashboard start and stop them. Section <c>Host</c>.</summary>
internal sealed class HostOptions
{
    /// <value>Where it listens. Null: it does not.</value>
    public Uri? Address { get; set; }

    public string Token { get; set; } = "";
}

/// <summary>Tells the host what to start, stop and restart.</summary>
internal sealed class HostClient(HttpClient http, IOptions<HostOptions> options)
{
    /// <summary>It can be told; else whoever runs the services starts and stops them elsewhere.</summary>
    public bool IsOffered => options.Value.Address is not null;

    /// <summary>Does it, in the name of an account; null when it is done, else why it is not.</summary>
    public async Task<string?> Do(string service, string verb, string account, CancellationToken ct)
    {
        using var request = Request(HttpMethod.Post, $"services/{Uri.EscapeDataString(service)}/{verb}");
        request.Headers.Add("Acting-Account", account);
        using var answer = await http.SendAsync(request, ct);
        if (answer.IsSuccessStatusCode)
            return null;
        var problem = answer.Content.Headers.ContentType?.MediaType is "application/problem+json" ? await answer.Content.ReadFromJsonAsync<Refusal>(ct) : null;
        return problem?.Detail ?? $"The host answers {(int)answer.StatusCode}.";
    }

    /// <summary>What it was told, newest first.</summary>
    public async Task<AuditEntry[]> Audit(CancellationToken ct)
    {
        if (!IsOffered)
            return [];
        using var request = Request(HttpMethod.Get, "services/audit");
        using var answer = await http.SendAsync(request, ct);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<AuditEntry[]>(ct) ?? [];
    }

    private HttpRequestMessage Request(HttpMethod method, string path) => new(method, new Uri(options.Value.Address!, path))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", options.Value.Token) },
    };

    private sealed record Refusal(string? Detail);
}

internal static class HostRegistration
{
    // A service that is stopped may finish what it has begun.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    extension(WebApplicationBuilder builder)
    {
        public void AddHostClient()
        {
            builder.Services.AddOptions<HostOptions>().BindConfiguration("Host");
            // EXTEXP0001: the only way to take the retries off one client. What was not answered may have been done.
#pragma warning disable EXTEXP0001
            builder.Services.AddHttpClient<HostClient>(http => http.Timeout = Patience).RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        }
    }
}
