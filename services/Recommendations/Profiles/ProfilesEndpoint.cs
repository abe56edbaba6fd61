using System.Text.Json;
using EventDriven.Log;
using EventDriven.ServiceDefaults;
using Npgsql;

namespace EventDriven.Recommendations.Profiles;

internal sealed record Profile(Guid UserId, Pick[] Recommendations);

internal static class ProfilesEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapProfiles() => app.MapGet("/users/{userId:guid}", Get).WithTags("Users")
            .WithSummary("What to show to a user; 404 until their sign-up has arrived here")
            .OnlyFor(request => request.GetArgument<Guid>(0)).Produces<Profile>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Get(Guid userId, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select picks::text, array(select sku from recommendations.purchases where user_id = $1 group by sku order by max(bought_at) desc, sku)
            from recommendations.profiles where user_id = $1
            """);
        command.Parameters.Add(new() { Value = userId });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
            return TypedResults.Problem("There is no profile of this user yet.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
        var first = JsonSerializer.Deserialize<Pick[]>(row.GetString(0), EventLog.Json)!;
        return TypedResults.Ok(new Profile(userId, Picks.After(row.GetFieldValue<string[]>(1), first)));
    }
}
