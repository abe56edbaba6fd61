using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventDriven.SystemTests.Support;

/// <summary>As much of an issuer as services need: its keys, tokens for their own accounts, and tokens for whom a test wants.</summary>
internal sealed class Issuer : IAsyncDisposable
{
    public const string Audience = "eventdriven", Secret = "a-secret-of-a-test";
    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);

    private Issuer(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public static async Task<Issuer> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var issuer = new Issuer(builder.Build());
        issuer._app.MapGet("/.well-known/openid-configuration", issuer.Discovery);
        issuer._app.MapGet("/keys", issuer.Keys);
        issuer._app.MapPost("/token", issuer.OwnToken).DisableAntiforgery();
        await issuer._app.StartAsync();
        return issuer;
    }

    public string TokenOf(string subject, params string[] roles) => TokenOf(subject, _key, roles);

    public string TokenOf(string subject, RSA key, params string[] roles) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = true }.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Address,
        Audience = Audience,
        Claims = new Dictionary<string, object> { ["sub"] = subject, ["roles"] = roles },
        SigningCredentials = new(new RsaSecurityKey(key) { KeyId = "1" }, SecurityAlgorithms.RsaSha256),
    });

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private IResult Discovery() => TypedResults.Json(new Dictionary<string, object>
    {
        ["issuer"] = Address,
        ["token_endpoint"] = Address + "/token",
        ["jwks_uri"] = Address + "/keys",
    });

    private IResult Keys()
    {
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_key.ExportParameters(includePrivateParameters: false)) { KeyId = "1" });
        return TypedResults.Json(new { keys = new[] { new { kty = key.Kty, kid = key.Kid, n = key.N, e = key.E, use = "sig", alg = "RS256" } } });
    }

    private async Task<IResult> OwnToken(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        return form["grant_type"] == "client_credentials" && form["client_secret"] == Secret
            ? TypedResults.Json(new { access_token = TokenOf(form["client_id"].ToString(), "service"), expires_in = 3600 })
            : TypedResults.Unauthorized();
    }
}
