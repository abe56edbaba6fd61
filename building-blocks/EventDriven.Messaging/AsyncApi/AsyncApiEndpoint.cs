using System.Text;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace EventDriven.Messaging.AsyncApi;

/// <summary>Serves the document beside the service's OpenAPI one, open like it: it holds contracts and no data.</summary>
internal static class AsyncApiEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapAsyncApi() => app.MapGet("/asyncapi/v3.json", Document).WithTags("AsyncAPI")
            .WithSummary("What this service sends and receives, as AsyncAPI 3.0");
    }

    private static ContentHttpResult Document(EventLog log, IEnumerable<Subscription> subscriptions) =>
        TypedResults.Text(AsyncApiDocument.Of(log.Service, log.Types, subscriptions).ToJsonString(), "application/vnd.aai.asyncapi+json", Encoding.UTF8);
}
