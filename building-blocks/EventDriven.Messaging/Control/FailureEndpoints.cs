using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static EventDriven.Messaging.Control.SubscriptionEndpoints;

namespace EventDriven.Messaging.Control;

/// <summary>What stands in the way, and how far what an operator did about it has come.</summary>
internal static class FailureEndpoints
{
    private const int MostListed = 1_000;

    extension(IEndpointRouteBuilder control)
    {
        public void MapFailures()
        {
            control.MapGet("/audit/{id:long}", Progress).WithSummary("What became of the messages of one operation");
            var one = control.MapGroup("/subscriptions/{name}");
            one.MapGet("/failures", Groups).WithSummary("Failed messages by cause");
            one.MapGet("/set-aside", Messages).WithSummary("Messages that are set aside, in their streams' order: of one group of failures, or of one stream");
            one.MapGet("/gaps", Gaps).WithSummary("Streams in which messages wait for one that is missing");
            one.MapGet("/restored", Restored).WithSummary("Restored sources that wait to be accepted");
            one.MapGet("/quarantined/{topic}/{partition:int}/{offset:long}", Bytes).WithSummary("Key, headers and value of what could not be attributed, as they came");
        }
    }

    private static async Task<IResult> Progress(long id, FailureQueries queries, CancellationToken ct) => await queries.Progress(id, ct) is { } progress
        ? TypedResults.Ok(progress)
        : Operator.Problem(StatusCodes.Status404NotFound, "not-found", "There is no such operation.");

    private static Task<IResult> Groups(string name, Operator by, FailureQueries queries, CancellationToken ct) =>
        by.With(name, async _ => TypedResults.Ok(await queries.Groups(name, ct)));

    private static Task<IResult> Messages(
        string name, Operator by, FailureQueries queries, CancellationToken ct, string? group = null, string? topic = null, string? source = null, string? stream = null, int limit = 100) =>
        by.With(name, limit, MostListed, async () => TypedResults.Ok(await queries.Messages(name, group, topic, source, stream, limit, ct)));

    private static Task<IResult> Gaps(string name, Operator by, FailureQueries queries, CancellationToken ct, int limit = 100) =>
        by.With(name, limit, MostListed, async () => TypedResults.Ok(await queries.Gaps(name, limit, ct)));

    private static Task<IResult> Restored(string name, Operator by, FailureQueries queries, CancellationToken ct) =>
        by.With(name, async _ => TypedResults.Ok(await queries.Restored(name, ct)));

    private static Task<IResult> Bytes(string name, string topic, int partition, long offset, Operator by, FailureQueries queries, CancellationToken ct) =>
        by.With(name, async _ => await queries.Quarantined(name, topic, partition, offset, ct) is { } bytes
            ? TypedResults.Ok(bytes)
            : Operator.Problem(StatusCodes.Status404NotFound, "not-found", "Nothing of this place is quarantined here."));
}
