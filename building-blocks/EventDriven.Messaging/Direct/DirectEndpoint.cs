using EventDriven.Messaging.Control;
using EventDriven.Messaging.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging.Direct;

/// <summary><c>POST /messages</c>: a CloudEvents batch as the backfill gives it. 204 when all of it is handled.</summary>
internal static class DirectEndpoint
{
    public const string Path = "/messages";

    extension(IEndpointRouteBuilder app)
    {
        /// <summary>Only where somebody handles what is brought.</summary>
        public void MapDirect()
        {
            if (app.ServiceProvider.GetService<DirectDelivery>() is { } delivery)
            {
                app.MapPost(Path, (HttpRequest request, CancellationToken ct) => Take(request, delivery, ct))
                    .AllowAnonymous() // it asks for a token of its own
                    .WithTags("Messages").WithSummary("Messages that their sender brings itself and waits for")
                    .AddEndpointFilter(BearerToken.Required(http => http.RequestServices.GetRequiredService<IOptions<BackfillOptions>>().Value.Token));
            }
        }
    }

    private static async Task<IResult> Take(HttpRequest request, DirectDelivery delivery, CancellationToken ct)
    {
        if (request.ContentType?.StartsWith(WireBatch.ContentType, StringComparison.OrdinalIgnoreCase) is not true)
            return TypedResults.Problem($"This call takes {WireBatch.ContentType}.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        foreach (var message in WireBatch.Read(body.ToArray()))
            await delivery.Take(message, ct);
        return TypedResults.NoContent();
    }
}
