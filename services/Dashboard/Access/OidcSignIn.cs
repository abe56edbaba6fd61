using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace EventDriven.Dashboard.Access;

/// <summary>Where people sign in with an account of their own. Section <c>Oidc</c>; without an authority there is the link only, and that in Development only.</summary>
internal sealed class OidcOptions
{
    public string Authority { get; set; } = "";

    public string ClientId { get; set; } = "";

    public string ClientSecret { get; set; } = "";

    /// <value>The claim that names what an account may do here: <c>view</c>, <c>operate</c>, <c>payload</c>. Default <c>roles</c>.</value>
    public string RolesClaim { get; set; } = "roles";

    public bool IsConfigured => Authority.Length > 0;
}

/// <summary>
/// Signs in with OpenID Connect. Only an opaque id and the roles are taken from the token: no name and no address is kept here or
/// goes into an audit.
/// </summary>
internal static class OidcSignIn
{
    public const string Path = "/login/oidc";
    private const string Scheme = OpenIdConnectDefaults.AuthenticationScheme;

    extension(WebApplicationBuilder builder)
    {
        public void AddOidc(AuthenticationBuilder authentication)
        {
            builder.Services.AddOptions<OidcOptions>().BindConfiguration("Oidc");
            if (builder.Configuration.GetSection("Oidc").Get<OidcOptions>() is not { IsConfigured: true } options)
            {
                if (!builder.Environment.IsDevelopment())
                    throw new InvalidOperationException("Outside Development nobody signs in by a link: set Oidc__Authority, Oidc__ClientId and Oidc__ClientSecret.");
                return;
            }
            authentication.AddOpenIdConnect(Scheme, oidc =>
            {
                (oidc.Authority, oidc.ClientId, oidc.ClientSecret) = (options.Authority, options.ClientId, options.ClientSecret);
                oidc.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
                oidc.ResponseType = OpenIdConnectResponseType.Code;
                // The answer comes as a GET, so that the cookies that guard it can be Lax, which a browser takes without TLS too.
                oidc.ResponseMode = OpenIdConnectResponseMode.Query;
                foreach (var cookie in (CookieBuilder[])[oidc.CorrelationCookie, oidc.NonceCookie])
                    (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
                oidc.MapInboundClaims = false;
                oidc.RequireHttpsMetadata = !builder.Environment.IsDevelopment();
                oidc.Events.OnTokenValidated = context =>
                {
                    context.Principal = Known(context.Principal!, options.RolesClaim);
                    if (!context.Principal.IsInRole(Roles.View))
                        context.Fail("The account has no role here.");
                    return Task.CompletedTask;
                };
                oidc.Events.OnRemoteFailure = static context =>
                {
                    context.HandleResponse();
                    context.Response.Redirect("/login?refused=true");
                    return Task.CompletedTask;
                };
            });
        }
    }

    extension(WebApplication app)
    {
        public void MapOidc()
        {
            if (app.Configuration.GetSection("Oidc").Get<OidcOptions>() is { IsConfigured: true })
            {
                app.MapGet(Path, static () => TypedResults.Challenge(new AuthenticationProperties { RedirectUri = "/" }, [Scheme]))
                    .AllowAnonymous().RequireRateLimiting(Limits.SignIns).ExcludeFromDescription();
            }
        }
    }

    private static ClaimsPrincipal Known(ClaimsPrincipal token, string rolesClaim)
    {
        var account = SHA256.HashData(Encoding.UTF8.GetBytes($"{token.FindFirstValue("iss")}\n{token.FindFirstValue("sub")}"));
        return new(new ClaimsIdentity(
            [
                new Claim(ClaimTypes.NameIdentifier, $"oidc-{Convert.ToHexStringLower(account.AsSpan(0, 12))}"),
                .. token.FindAll(rolesClaim).Select(static claim => claim.Value).Where(Roles.All.Contains).Select(static role => new Claim(ClaimTypes.Role, role)),
            ], Scheme));
    }
}
