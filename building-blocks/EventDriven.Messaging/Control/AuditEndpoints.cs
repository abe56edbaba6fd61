using EventDriven.Log;
using EventDriven.Log.Auditing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EventDriven.Messaging.Control;

/// <summary>Whether the log is what was written, on request, and what an operator says to a finding.</summary>
internal static class AuditEndpoints
{
    private const int MostCharacters = 1_000;

    extension(IEndpointRouteBuilder control)
    {
        public void MapAudit()
        {
            control.MapGet("/log/streams/{stream}/verification", VerifyStream).WithSummary("Verifies one stream, and the log against its anchors since the stream began");
            control.MapGet("/log/verification", VerifyLog).WithSummary("Verifies the whole log against an anchor that was kept elsewhere, as it came on the topic");
            control.MapPost("/log/findings/{finding:long}/accept", Accept).WithSummary("Says that somebody has looked into a finding, and why it is settled");
        }
    }

    private static async Task<IResult> VerifyStream(string stream, LogAudit audit, CancellationToken ct)
    {
        if (!StreamName.TryParse(stream, out var name))
            return Problem(StatusCodes.Status400BadRequest, "bad-request", $"'{stream}' is no stream name.");
        var (own, log) = (await audit.Verify(name, ct), await audit.VerifyAnchors(name, ct));
        return TypedResults.Ok(new { stream, valid = own.IsValid && log.IsValid, own.Events, findings = own.Findings.Concat(log.Findings) });
    }

    private static async Task<IResult> VerifyLog(long count, string hash, long position, LogAudit audit, CancellationToken ct)
    {
        if (count < 1 || position < 1 || hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
            return Problem(StatusCodes.Status400BadRequest, "bad-request", "Send count, hash and position as the message says them.");
        var verified = await audit.Verify(new LogAnchored(count, hash, position), ct);
        return TypedResults.Ok(new { valid = verified.IsValid, verified.Events, verified.Findings });
    }

    private static Task<IResult> Accept(long finding, Acceptance acceptance, LogAudit audit, HttpContext http, CancellationToken ct) => SubscriptionEndpoints.Operator.Acting(http, async who =>
    {
        if (acceptance.Reason is not { Length: > 0 and <= MostCharacters } reason)
            return Problem(StatusCodes.Status400BadRequest, "bad-request", $"Say the reason, in {MostCharacters} characters at most.");
        return await audit.Accept(finding, who, reason, ct)
            ? TypedResults.Ok(new { finding, who, reason })
            : Problem(StatusCodes.Status404NotFound, "not-found", "There is no such finding that is open.");
    });

    private static IResult Problem(int status, string type, string detail) => SubscriptionEndpoints.Operator.Problem(status, type, detail);

    internal sealed record Acceptance(string? Reason);
}
