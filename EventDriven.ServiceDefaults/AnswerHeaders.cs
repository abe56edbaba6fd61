using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EventDriven.ServiceDefaults;

/// <summary>What no browser may do with an answer: take it for another type, show it in somebody else's frame, or tell where it came from.</summary>
internal static class AnswerHeaders
{
    extension(IApplicationBuilder app)
    {
        // Last of all, as an error empties the answer before it writes its own.
        public void UseAnswerHeaders() => app.Use(static (context, next) =>
        {
            context.Response.OnStarting(static response =>
            {
                var headers = ((HttpResponse)response).Headers;
                (headers.XContentTypeOptions, headers.XFrameOptions, headers["Referrer-Policy"]) = ("nosniff", "DENY", "no-referrer");
                return Task.CompletedTask;
            }, context.Response);
            return next(context);
        });
    }
}
