namespace EventDriven.Dashboard.Access;

/// <summary>
/// What a browser may do with our answers. Scripts come from here only, so what somebody smuggled into a message's text runs nowhere;
/// styles may stand on an element, as the picture of the flow needs them.
/// </summary>
internal static class BrowserRules
{
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; "
        + "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    extension(WebApplication app)
    {
        public void UseBrowserRules() => app.Use(static (context, next) =>
        {
            // Scalar, the reader of our OpenAPI document in development, brings a script inside its page.
            if (!context.Request.Path.StartsWithSegments("/scalar", StringComparison.OrdinalIgnoreCase))
                context.Response.Headers.ContentSecurityPolicy = Policy;
            return next(context);
        });
    }
}
