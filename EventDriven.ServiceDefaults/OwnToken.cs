using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace EventDriven.ServiceDefaults;

/// <summary>
/// Whoever asked for what a call is part of is named in it too, so that what it is about is still theirs. What nobody asked for, a service does
/// in its own name. A call that shows another token keeps it.
/// </summary>
internal sealed class CallerToken(IHttpContextAccessor asked, OwnToken own) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization ??= asked.HttpContext is { User.Identity.IsAuthenticated: true } caller
            ? AuthenticationHeaderValue.Parse(caller.Request.Headers.Authorization.ToString())
            : new("Bearer", await own.Get(cancellationToken));
        return await base.SendAsync(request, cancellationToken);
    }
}

/// <summary>The token of the service's own account, asked for anew a minute before it expires.</summary>
internal sealed class OwnToken(IOptions<JwtOptions> options, IOptionsMonitor<JwtBearerOptions> bearer, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(1);
    private readonly HttpClient _issuer = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly SemaphoreSlim _one = new(1);
    private (string Token, DateTimeOffset Until) _current;

    /// <exception cref="HttpRequestException">The issuer gives none.</exception>
    public async Task<string> Get(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (_current.Until <= clock.GetUtcNow())
                _current = await Ask(ct);
            return _current.Token;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _issuer.Dispose();
        _one.Dispose();
    }

    private async Task<(string Token, DateTimeOffset Until)> Ask(CancellationToken ct)
    {
        var own = options.Value;
        OpenIdConnectConfiguration issuer = await bearer.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager!.GetConfigurationAsync(ct);
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"), new("client_id", own.ClientId), new("client_secret", own.ClientSecret),
            new("scope", own.Scope.Length > 0 ? own.Scope : $"{own.Audience}/.default"),
        ]);
        using var response = await _issuer.PostAsync(new Uri(issuer.TokenEndpoint), form, ct);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<Answer>(ct) ?? throw new HttpRequestException("The issuer's answer is empty.");
        return (answer.Token, clock.GetUtcNow() + TimeSpan.FromSeconds(answer.Seconds) - Before);
    }

    private sealed record Answer([property: JsonPropertyName("access_token")] string Token, [property: JsonPropertyName("expires_in")] int Seconds);
}
