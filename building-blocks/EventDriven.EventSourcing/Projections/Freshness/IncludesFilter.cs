using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.EventSourcing.Projections.Freshness;

/// <summary>Lets queries read their caller's own writes.</summary>
public static class IncludesFilter
{
    extension<TBuilder>(TBuilder endpoint) where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>
        /// Has the query <c>?includes=stream:version</c> wait, with a time limit, until the read model includes those writes. What they name
        /// is what a write answered in <c>X-Stream-Version</c>.
        /// </summary>
        /// <param name="projection">The read model that the endpoint answers from.</param>
        public TBuilder IncludesWritesOf(string projection) => endpoint.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            await http.RequestServices.GetRequiredService<ReadModels>().WaitFor(projection, http.Request.Query["includes"].ToString(), http.RequestAborted);
            return await next(context);
        });
    }
}
