using EventDriven.ServiceDefaults;
using EventDriven.Insights.Counting;

namespace EventDriven.Insights.Summary;

internal static class SummaryEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapSummary() => app.MapGet("/summary", Get).WithTags("Summary")
            .WithSummary("Counts and sums over the whole history; it may lag, and says what of each source it includes").Produces<CompanySummary>().OnlyForServices();
    }

    private static async Task<IResult> Get(Totals totals, CancellationToken ct) => TypedResults.Ok(CompanySummary.Of(await totals.Read(ct)));
}
