using EventDriven.Log;
using EventDriven.Log.Sequencing;
using EventDriven.Messaging.Publishing;
using EventDriven.Messaging.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging.Control;

/// <summary>Where messages are, from the service's own records: it works with tracing off.</summary>
internal static class ControlEndpoints
{
    private const int MostMessages = 500;

    extension(IEndpointRouteBuilder app)
    {
        public void MapControl()
        {
            var control = app.MapGroup("/control").WithTags("Control")
                .AddEndpointFilter(BearerToken.Required(http => http.RequestServices.GetRequiredService<IOptions<ControlOptions>>().Value.Token));
            control.MapGet("/log", LogState).WithSummary("How far the log is sequenced and relayed");
            control.MapGet("/log/messages", Messages).WithSummary("The newest messages, or those of one journey, newest first");
            control.MapGet("/log/messages/{messageId:guid}", Message).WithSummary("Where one message is");
            control.MapGet("/subscriptions", Subscriptions).WithSummary("The state of each subscription");
            control.MapGet("/subscriptions/{name}/messages", SubscriptionMessage).WithSummary("What a subscription did with one message");
        }
    }

    private static async Task<IResult> LogState(ControlQueries queries, EventLog log, Sequencer sequencer, Troubles troubles, CancellationToken ct)
    {
        var state = await queries.State(ct);
        var reason = troubles.Of(Relay.Part);
        return TypedResults.Ok(new
        {
            service = log.Service,
            source = log.Source,
            state.LogId,
            state.Position,
            state.Relayed,
            state.Unsequenced,
            state.Unrelayed,
            state.OldestUnrelayedSeconds,
            relay = new { state = reason is not null ? "paused" : sequencer.Epoch is null ? "standby" : "running", reason },
        });
    }

    private static async Task<IResult> Messages(ControlQueries queries, CancellationToken ct, Guid? correlation = null, int limit = 50)
    {
        if (limit is < 1 or > MostMessages)
            return TypedResults.Problem($"limit must be from 1 to {MostMessages}.", statusCode: StatusCodes.Status400BadRequest, type: "/problems/bad-request");
        return TypedResults.Ok(correlation is { } id ? await queries.OfCorrelation(id, limit, ct) : await queries.Newest(limit, ct));
    }

    private static async Task<Results<Ok<MessageView>, ProblemHttpResult>> Message(Guid messageId, ControlQueries queries, CancellationToken ct) =>
        await queries.OfMessage(messageId, ct) is { } message ? TypedResults.Ok(message) : NotFound("This service's log holds no such message.");

    private static async Task<IResult> Subscriptions(IEnumerable<SubscriptionWorker> workers, ControlQueries queries, CancellationToken ct)
    {
        List<object> states = [];
        foreach (var worker in workers)
        {
            var partitions = worker.Partitions
                .Select(p => (p.Claim.Partition, Next: p.Claim.Next ?? 0, End: Math.Max(p.End, p.Claim.Next ?? 0)))
                .OrderBy(p => p.Partition.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition.Partition.Value).ToArray();
            var counts = (await queries.Handled(worker.Subscription.Name, ct)).Single();
            var reason = worker.Trouble;
            states.Add(new
            {
                name = worker.Subscription.Name,
                state = reason is not null ? "waiting" : worker.IsAssigned ? "running" : "starting",
                reason,
                counts.Handled,
                counts.WithoutHandler,
                lag = partitions.Sum(p => p.End - p.Next),
                topics = worker.Subscription.Topics.Order(StringComparer.Ordinal),
                partitions = partitions.Select(p => new { p.Partition.Topic, partition = p.Partition.Partition.Value, p.Next, p.End }),
            });
        }
        return TypedResults.Ok(states);
    }

    private static async Task<IResult> SubscriptionMessage(
        string name, string topic, int partition, long offset, IEnumerable<SubscriptionWorker> workers, ControlQueries queries, CancellationToken ct)
    {
        if (workers.SingleOrDefault(w => w.Subscription.Name == name) is not { } worker)
            return NotFound("This service has no such subscription.");
        if (await queries.BatchOf(name, topic, partition, offset, ct) is { } batch)
            return TypedResults.Ok(new { state = batch.Handled > 0 ? "handled" : "without-handler", batch.At, batch.DurationMs, batch.Attempts });

        var next = worker.Partitions.Where(p => p.Claim.Partition.Topic == topic && p.Claim.Partition.Partition.Value == partition)
            .Select(p => p.Claim.Next ?? 0).FirstOrDefault();
        return TypedResults.Ok(new { state = "waiting", ahead = Math.Max(0, offset - next), reason = worker.Trouble });
    }

    private static ProblemHttpResult NotFound(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
}
