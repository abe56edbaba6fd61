using EventDriven.Messaging;
using Npgsql;

namespace EventDriven.Signup.Lookup;

/// <summary>Whose address somebody asks about.</summary>
internal sealed record LookupRequest(string? Email);

internal sealed record FoundUser(Guid UserId);

/// <summary>
/// Finds a user by mail address, for operators: compared by its keyed hash, and posted, so that the address stands in no URL and no log.
/// </summary>
internal static class LookupEndpoint
{
    private const int LongestAddress = 254;

    extension(IEndpointRouteBuilder app)
    {
        public void MapLookup() => app.MapOwnControl().MapPost("/users/lookup", Find).WithSummary("Whose mail address this is")
            .Produces<FoundUser>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Find(LookupRequest request, AddressHash hash, NpgsqlDataSource database, CancellationToken ct)
    {
        if (request.Email is not { Length: > 0 and <= LongestAddress } address)
            return TypedResults.Problem("Send the mail address as email.", statusCode: StatusCodes.Status400BadRequest, type: "/problems/bad-request");
        await using var command = database.CreateCommand("select user_id from signup.users where address_hash = $1");
        command.Parameters.Add(new() { Value = hash.Of(address) });
        return await command.ExecuteScalarAsync(ct) is Guid user
            ? TypedResults.Ok(new FoundUser(user))
            : TypedResults.Problem("Nobody has signed up with this address.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
    }
}
