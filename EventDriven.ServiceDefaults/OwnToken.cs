using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace EventDriven.ServiceDefaults;

/// <summary>
/// A service calls another one in its own name and says for whom, so that what the call is about is still theirs, and they can ask for no more
/// than they could themselves. What nobody asked for, it does for nobody. A call that shows another token keeps it.
/// </summary>
internal sealed class CallerToken(IHttpContextAccessor asked, OwnToken own) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization is null)
        {
            request.Headers.Authorization = new("Bearer", await own.Get(cancellationToken));
            if (asked.HttpContext is { } caller && Callers.ActsFor(caller) is { } user)
                request.Headers.Add(Callers.ActingFor, user.ToString());
        }
        return await base.SendAsync(request, cancellationToken);
    }
}

/// <summary>The token of the service's own account, asked for anew a minute before it expires.</summary>
internal sealed class OwnToken(IOptions<JwtOptions> options, IOptionsMonitor<JwtBearerOptions> bearer, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(1), AnswersWithin = TimeSpan.FromSeconds(5);
    private readonly HttpClient _issuer = new();
    private readonly SemaphoreSlim _one = new(1);
    private (string Token, DateTimeOffset Until) _current;

    /// <exception cref="HttpRequestException">The issuer gives none.</exception>
    public async Task<string> Get(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (_current.Until <= clock.GetUtcNow())
                _current = await AskInTime(ct);
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

    private async Task<(string Token, DateTimeOffset Until)> AskInTime(CancellationToken ct)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(AnswersWithin);
        try
        {
            return await Ask(time.Token);
        }
        catch (Exception none) when (!ct.IsCancellationRequested) // whatever is the matter there: to who calls, it is a call that got no answer
        {
            throw new HttpRequestException($"The issuer gives no token: {none.Message}", none);
        }
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
