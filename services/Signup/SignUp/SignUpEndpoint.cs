using System.Net.Mail;
using EventDriven.Contracts.Signup;
using EventDriven.Log;
using EventDriven.Log.PersonalData;
using EventDriven.Log.Requests;

namespace EventDriven.Signup.SignUp;

/// <summary>Who wants in. Both are trimmed.</summary>
internal sealed record SignUpRequest(string? Email, string? Name);

internal sealed record SignedUp(Guid UserId);

internal static class SignUpEndpoint
{
    private const int LongestAddress = 254, LongestName = 200;

    extension(IEndpointRouteBuilder app)
    {
        public void MapSignUp() => app.MapPost("/users", SignUp).AllowAnonymous().WithTags("Users").WithSummary("Sign up")
            .Produces<SignedUp>(StatusCodes.Status201Created).ProducesValidationProblem().ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> SignUp(
        SignUpRequest request, HttpRequest http, AddressHash hash, SubjectVault vault, IdempotentRequests requests, CancellationToken ct)
    {
        var (address, name) = (request.Email?.Trim() ?? "", request.Name?.Trim() ?? "");
        if (Problems(address, name) is { Count: > 0 } problems)
            return TypedResults.ValidationProblem(problems, type: "/problems/bad-request");

        var fingerprint = hash.OfRequest("POST /users", request.Email!, request.Name!);
        return await requests.Once("signup", IdempotentRequests.KeyOf(http), fingerprint, Decide, ct);

        async Task<Outcome> Decide(LogTransaction transaction, CancellationToken ct)
        {
            var user = Guid.CreateVersion7();
            var isNew = await transaction.Execute(
                new("insert into signup.users (user_id, address_hash) values ($1, $2) on conflict (address_hash) do nothing", user, hash.Of(address)), ct) == 1;
            if (!isNew)
                return Outcome.Conflict("/problems/address-taken", "Address taken", "Somebody has signed up with this address already.");

            await vault.Create(user, ct); // if the commit fails, a key that opens nothing is left
            var (stream, messageId) = (new StreamName("user", user), Guid.CreateVersion7());
            var signedUp = new UserSignedUp(
                user, await vault.Seal(address, user, messageId, stream, ct), await vault.Seal(name, user, messageId, stream, ct));
            var written = await transaction.Append(stream, ExpectedVersion.NoStream, Cause.Begin(), [new(signedUp) { MessageId = messageId, Subject = user }], ct);
            return Outcome.Created($"/users/{user}", new SignedUp(user)).At(written);
        }
    }

    private static Dictionary<string, string[]> Problems(string address, string name)
    {
        Dictionary<string, string[]> problems = [];
        if (!IsAddress(address))
            problems["email"] = ["This is not a mail address, for example ada@example.com."];
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
            problems["name"] = [$"A name has 1 to {LongestName} characters on one line."];
        return problems;
    }

    private static bool IsAddress(string text) =>
        text.Length <= LongestAddress && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
        && MailAddress.TryCreate(text, out var parsed) && parsed.Address == text && parsed.Host.Contains('.', StringComparison.Ordinal);
}
