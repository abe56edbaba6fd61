using System.Text.Json;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.Recommendations.Profiles;

internal sealed record Profile(Guid UserId, Pick[] Recommendations);

internal static class ProfilesEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapProfiles() => app.MapGet("/users/{userId:guid}", Get).WithTags("Users")
            .WithSummary("What to show to a user; 404 until their sign-up has arrived here")
            .Produces<Profile>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Get(Guid userId, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select picks::text from recommendations.profiles where user_id = $1");
        command.Parameters.Add(new() { Value = userId });
        return await command.ExecuteScalarAsync(ct) is string picks
            ? TypedResults.Ok(new Profile(userId, JsonSerializer.Deserialize<Pick[]>(picks, EventLog.Json)!))
            : TypedResults.Problem("There is no profile of this user yet.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
    }
}
