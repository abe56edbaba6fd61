using EventDriven.Log;
using EventDriven.Log.Auditing;
using EventDriven.Log.Control;
using EventDriven.Log.Sequencing;
using EventDriven.Messaging.Publishing;
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
        /// <summary>Endpoints that ask for the control token.</summary>
        public RouteGroupBuilder MapControlGroup() => app.MapGroup("/control").WithTags("Control").AllowAnonymous()
            .AddEndpointFilter(BearerToken.Required(http => http.RequestServices.GetRequiredService<IOptions<ControlOptions>>().Value.Token));

        public void MapControl()
        {
            var control = app.MapControlGroup();
            control.MapGet("/log", LogState).WithSummary("How far the log is sequenced, relayed and verified, and what is wrong in it");
            control.MapGet("/log/messages", Messages).WithSummary("The newest messages, now or as of a time, or those of one journey, newest first");
            control.MapGet("/log/messages/{messageId:guid}", Message).WithSummary("Where one message is");
            control.MapAudit();
            control.MapSubscriptions();
            control.MapFailures();
            control.MapSearch();
            foreach (var part in app.ServiceProvider.GetServices<IControlledPart>())
                part.Map(control, app.ServiceProvider.GetRequiredService<Operations>());
        }
    }

    private static async Task<IResult> LogState(ControlQueries queries, LogAudit audit, EventLog log, Sequencer sequencer, Troubles troubles, CancellationToken ct)
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
            audit = await audit.State(ct),
        });
    }

    private static async Task<IResult> Messages(ControlQueries queries, CancellationToken ct, Guid? correlation = null, DateTimeOffset? at = null, int limit = 50)
    {
        if (limit is < 1 or > MostMessages)
            return TypedResults.Problem($"limit must be from 1 to {MostMessages}.", statusCode: StatusCodes.Status400BadRequest, type: "/problems/bad-request");
        return TypedResults.Ok((correlation, at) switch
        {
            ({ } id, _) => await queries.OfCorrelation(id, limit, ct),
            (_, { } time) => await queries.NewestAt(time, limit, ct),
            _ => await queries.Newest(limit, ct),
        });
    }

    private static async Task<Results<Ok<MessageView>, ProblemHttpResult>> Message(Guid messageId, ControlQueries queries, CancellationToken ct) =>
        await queries.OfMessage(messageId, ct) is { } message ? TypedResults.Ok(message) : NotFound("This service's log holds no such message.");

    private static ProblemHttpResult NotFound(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
}
