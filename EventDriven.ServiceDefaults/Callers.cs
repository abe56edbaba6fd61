using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventDriven.ServiceDefaults;

/// <summary>Whose tokens open the services, and how a service shows who it is. Section <c>Jwt</c>; without an authority a service asks nobody who they are.</summary>
internal sealed class JwtOptions : IValidatableObject
{
    /// <summary>The role of a service, which may act for everybody.</summary>
    public const string Service = "service";

    /// <value>The issuer's address, where it tells its keys and its token endpoint.</value>
    public string Authority { get; set; } = "";

    /// <value>For whom a token must be made.</value>
    public string Audience { get; set; } = "";

    /// <value>The claim that names roles. Default <c>roles</c>.</value>
    public string RolesClaim { get; set; } = "roles";

    /// <value>This service's own account at the issuer, with which it calls the others.</value>
    public string ClientId { get; set; } = "";

    public string ClientSecret { get; set; } = "";

    /// <value>What the issuer calls the right to a token for the audience. Default: the audience with <c>/.default</c>.</value>
    public string Scope { get; set; } = "";

    public bool IsConfigured => Authority.Length > 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsConfigured && (Audience.Length == 0 || ClientId.Length == 0 || ClientSecret.Length == 0))
            yield return new("With Jwt:Authority a service needs an account there too: set Jwt__Audience, Jwt__ClientId and Jwt__ClientSecret.");
    }
}

/// <summary>
/// Who calls, and for whom they act. A token's subject is a user's id. Services call each other in their own name and say for whom: what only a
/// service may ask for, a user cannot ask for with the token that they have.
/// </summary>
public static class Callers
{
    internal const string ActingFor = "Acting-For";

    /// <summary>The user that a request is made for; null where a service acts for nobody, and where nobody is known.</summary>
    public static Guid? ActsFor(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return Guid.TryParse(http.User.IsInRole(JwtOptions.Service) ? http.Request.Headers[ActingFor].ToString() : http.User.FindFirst("sub")?.Value, out var user) ? user : null;
    }

    /// <summary>Whether a user calls, and no service for them. Without an issuer nobody is known to.</summary>
    public static bool IsUser(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return IsConfigured(http) && !http.User.IsInRole(JwtOptions.Service);
    }

    extension(IHostApplicationBuilder builder)
    {
        internal void AddCallers()
        {
            builder.Services.AddOptions<JwtOptions>().BindConfiguration("Jwt").ValidateDataAnnotations().ValidateOnStart();
            if (Options(builder.Configuration) is not { IsConfigured: true } options)
                return;
            builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(jwt =>
            {
                (jwt.Authority, jwt.Audience, jwt.MapInboundClaims) = (options.Authority, options.Audience, false);
                (jwt.TokenValidationParameters.NameClaimType, jwt.TokenValidationParameters.RoleClaimType) = ("sub", options.RolesClaim);
                jwt.RequireHttpsMetadata = !builder.Environment.IsDevelopment();
            });
            builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
            builder.Services.AddHttpContextAccessor();
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.AddSingleton<OwnToken>();
            builder.Services.AddTransient<CallerToken>();
            builder.Services.ConfigureHttpClientDefaults(static http => http.AddHttpMessageHandler<CallerToken>());
        }
    }

    extension(WebApplication app)
    {
        internal void UseCallers()
        {
            if (!Options(app.Configuration).IsConfigured)
                return;
            app.UseAuthentication();
            app.UseAuthorization();
            // What a service does not have under /control is not there; without this the fallback policy would ask for a user's token first.
            app.MapFallback("/control/{**rest}", static () => TypedResults.NotFound()).AllowAnonymous();
        }
    }

    extension<TBuilder>(TBuilder endpoint) where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>Lets through services: users get 403. Without an issuer everybody is let through.</summary>
        public TBuilder OnlyForServices() => endpoint.AddEndpointFilter(static (context, next) => IsUser(context.HttpContext) ? new(NotAllowed("This is for services.")) : next(context));

        /// <summary>Lets through who acts for the user that a request names, and services that act for nobody: others get 403. Without an issuer everybody is let through.</summary>
        /// <param name="user">Null where a request names none: then it is for services.</param>
        public TBuilder OnlyFor(Func<EndpointFilterInvocationContext, Guid?> user) => endpoint.AddEndpointFilter((context, next) =>
            MayAct(context.HttpContext, user(context)) ? next(context) : new(NotAllowed("The token is another user's.")));

        /// <summary>Lets through the owner of what a request is about, and services: for others it is not there (404). Without an issuer everybody is let through.</summary>
        /// <param name="owner">Null where there is no such thing.</param>
        public TBuilder OnlyForOwner(Func<EndpointFilterInvocationContext, ValueTask<Guid?>> owner) => endpoint.AddEndpointFilter(async (context, next) =>
            MayAct(context.HttpContext, null) || MayAct(context.HttpContext, await owner(context)) ? await next(context) : TypedResults.Problem(
                "There is nothing of yours here.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found"));
    }

    private static JwtOptions Options(IConfiguration settings) => settings.GetSection("Jwt").Get<JwtOptions>() ?? new();

    private static bool MayAct(HttpContext http, Guid? user) =>
        !IsConfigured(http) || (ActsFor(http) is { } actsFor ? actsFor == user : http.User.IsInRole(JwtOptions.Service));

    private static bool IsConfigured(HttpContext http) => http.RequestServices.GetRequiredService<IOptions<JwtOptions>>().Value.IsConfigured;

    /// <summary>403, and why.</summary>
    public static ProblemHttpResult NotAllowed(string why) =>
        TypedResults.Problem(why, statusCode: StatusCodes.Status403Forbidden, title: "Not allowed", type: "/problems/not-allowed");
}
