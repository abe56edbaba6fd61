using EventDriven.ServiceDefaults;

namespace EventDriven.Traffic.Mix;

internal static class MixEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapMix()
        {
            app.MapGet("/mix", (TrafficMix mix) => mix.Current).OnlyForServices().WithTags("Mix").WithSummary("Customers per second, and what they do");
            app.MapPut("/mix", Change).OnlyForServices().WithTags("Mix").WithSummary("Change both while it runs").Produces<MixSettings>().ProducesValidationProblem();
        }
    }

    private static IResult Change(MixSettings settings, TrafficMix mix)
    {
        if (settings.Problems() is { Count: > 0 } problems)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");
        mix.Change(settings);
        return TypedResults.Ok(settings);
    }
}
