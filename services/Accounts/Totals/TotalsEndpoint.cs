using EventDriven.EventSourcing.Projections;
using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Accounts.Totals;

internal sealed record DailyTotals(IReadOnlyList<DayTotals> Days, long Position);

internal sealed record DayTotals(DateOnly Day, string Currency, decimal Deposited, decimal Withdrawn, decimal Transferred);

internal static class TotalsEndpoint
{
    private const int Most = 1_000;

    extension(IEndpointRouteBuilder app)
    {
        public void MapTotals() => app.MapGet("/totals", Get).WithTags("Lists").WithSummary("Sums per day and currency, the newest day first")
            .Produces<DailyTotals>().IncludesWritesOf(DailyTotalsProjection.ReadModel);
    }

    private static async Task<DailyTotals> Get(DateOnly? from, DateOnly? to, ReadModels models, NpgsqlDataSource database, CancellationToken ct)
    {
        var position = await models.Position(DailyTotalsProjection.ReadModel, ct);
        var days = await database.Query(new("""
            select day, currency, deposited, withdrawn, transferred from accounts.daily_totals
            where ($1::date is null or day >= $1) and ($2::date is null or day <= $2) order by day desc, currency limit $3
            """, from, to, Most), Read, ct);
        return new(days, position);
    }

    private static DayTotals Read(NpgsqlDataReader row) =>
        new(row.GetFieldValue<DateOnly>(0), row.GetString(1), row.GetDecimal(2), row.GetDecimal(3), row.GetDecimal(4));
}
