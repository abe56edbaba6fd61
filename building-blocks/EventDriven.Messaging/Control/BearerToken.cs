using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace EventDriven.Messaging.Control;

/// <summary>Lets a request through that shows the token.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>A filter that answers 401 to everything else.</summary>
    public static Func<EndpointFilterInvocationContext, EndpointFilterDelegate, ValueTask<object?>> Required(Func<HttpContext, string> expected) =>
        async (context, next) => Shows(context.HttpContext, expected(context.HttpContext))
            ? await next(context)
            : TypedResults.Problem("This endpoint asks for a bearer token.", statusCode: StatusCodes.Status401Unauthorized,
                title: "Not authorized", type: "/problems/not-authorized");

    private static bool Shows(HttpContext http, string token)
    {
        var header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(header[Scheme.Length..]), Encoding.UTF8.GetBytes(token));
    }
}
