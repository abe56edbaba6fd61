using EventDriven.Contracts.Signup;
using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.ServiceDefaults;

namespace EventDriven.Signup.Forget;

/// <summary>The right to be forgotten: announced first, then the key goes, and with it every copy of what was encrypted.</summary>
internal static class ForgetEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapForget() => app.MapDelete("/users/{userId:guid}", Forget).WithTags("Users").WithSummary("Forget a user; repeating it is safe")
            .OnlyFor(request => request.GetArgument<Guid>(0)).Produces(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Forget(Guid userId, EventLog log, TimeProvider clock, HttpResponse response, CancellationToken ct)
    {
        await using var transaction = await log.Begin(ct);
        var isNew = await transaction.Execute(
            new("update signup.users set address_hash = null, forgotten_at = $2 where user_id = $1 and forgotten_at is null", userId, clock.GetUtcNow()), ct) == 1;
        if (isNew)
        {
            var written = await transaction.Append(new("user", userId), ExpectedVersion.Any, Cause.Begin(), [new(new SubjectForgotten(userId)) { Subject = userId }], ct);
            await transaction.Commit(ct);
            response.Headers[Outcome.StreamVersionHeader] = written.ToString();
        }
        else if (await transaction.Execute(new("update signup.users set address_hash = null where user_id = $1", userId), ct) == 0)
        {
            return TypedResults.Problem("There is no such user.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
        }
        return TypedResults.Accepted(uri: (string?)null);
    }
}
