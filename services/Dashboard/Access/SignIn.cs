using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Access;

/// <summary>Nobody sees anything before the link with the token was opened, which stands in the console of who started the system.</summary>
internal static class SignIn
{
    extension(WebApplicationBuilder builder)
    {
        public void AddSignIn()
        {
            builder.Services.AddOptions<LoginOptions>().BindConfiguration("Login")
                .PostConfigure(options =>
                {
                    if (!builder.Environment.IsDevelopment())
                        (options.Token, options.ViewToken) = ("", ""); // people sign in with accounts there: no link opens anything
                    else if (options.Token.Length == 0)
                        (options.Token, options.IsOurs) = (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), true);
                });
            var authentication = builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
            {
                options.Cookie.Name = "eventdriven.dashboard";
                options.Cookie.HttpOnly = true;
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.ExpireTimeSpan = TimeSpan.FromDays(7);
                options.LoginPath = "/login";
                options.Events.OnRedirectToLogin = static context =>
                {
                    if (IsPage(context.Request))
                        context.Response.Redirect(context.RedirectUri);
                    else
                        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                    return Task.CompletedTask;
                };
            });
            builder.AddOidc(authentication);
            // The token lasts for one run, and so does what it opened: the keys are never stored, so a warning of how is none.
            builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
            builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
            builder.Services.AddAuthorizationBuilder().AddRoles();
            builder.Services.AddCascadingAuthenticationState();
            builder.Services.AddSingleton<SignInLinks>();
            builder.Services.AddScoped<Visitor>();
            builder.Services.AddLimits();
            builder.Services.AddHostedService<LinkPrinter>();
        }
    }

    extension(WebApplication app)
    {
        public void UseSignIn()
        {
            app.UseAuthentication();
            app.UseAuthorization();
            app.MapGet("/login", Open).AllowAnonymous().RequireRateLimiting(Limits.SignIns).ExcludeFromDescription();
            app.MapOidc();
        }
    }

    private static async Task<IResult> Open(HttpContext context, SignInLinks links, IOptions<OidcOptions> oidc, string? t = null, bool refused = false)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (t is null)
            return LoginPage.Answer(context.Request, StatusCodes.Status200OK, refused ? "This account may not do anything here." : null, oidc.Value.IsConfigured);
        // Who opens it again where it was opened is signed in already.
        if (context.User.IsInRole(Roles.View))
            return TypedResults.LocalRedirect("/");
        var (account, wasUsed) = links.Use(t);
        if (account is null)
        {
            return LoginPage.Answer(context.Request, StatusCodes.Status401Unauthorized, wasUsed
                ? "This link was used already: it signs in once. The browser that opened it can make another, at the foot of every page."
                : "This link is not valid any more: each start of the system makes a new one.", oidc.Value.IsConfigured);
        }

        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, account.Id), .. account.Roles.Select(static role => new Claim(ClaimTypes.Role, role))], CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity));
        return TypedResults.LocalRedirect("/");
    }

    private static bool IsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
}
