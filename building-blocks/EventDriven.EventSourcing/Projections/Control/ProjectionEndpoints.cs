using EventDriven.EventSourcing.Projections.Running;
using EventDriven.Log.Control;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EventDriven.EventSourcing.Projections.Control;

/// <summary>How projections stand, and what an operator can do about it.</summary>
internal sealed class ProjectionEndpoints(IEnumerable<ProjectionCode> codes, ProjectionViews views, ProjectionOperations operations, ProjectionProgress progress)
    : IControlledPart
{
    private delegate Task<string?> Verb(string projection, string who, IOperators operators, CancellationToken ct);

    public void Map(IEndpointRouteBuilder control, IOperators operators)
    {
        var all = control.MapGroup("/projections");
        all.MapGet("", async (CancellationToken ct) => TypedResults.Ok((await views.Read(ct)).Select(State))).WithSummary("The state of each projection");
        all.MapGet("/{name}", One).WithSummary("The state of one projection and its builds");
        Map("pause", operations.Pause, "Takes in nothing more");
        Map("resume", operations.Resume, "Goes on, also at an event that could not be taken in");
        Map("retry", operations.Retry, "Tries the event again that it stands before");
        Map("rebuild", operations.Rebuild, "Builds it anew beside what readers see, compares, and switches");
        Map("rollback", operations.Rollback, "Has the build before the active one catch up and take its place again");

        void Map(string verb, Verb act, string summary) => all.MapPost($"/{{name}}/{verb}", (string name, HttpContext http, CancellationToken ct) =>
            operators.Acting(http, who => Act(name, act, who, operators, ct))).WithSummary(summary);
    }

    private async Task<IResult> One(string name, CancellationToken ct) =>
        (await views.Read(ct)).SingleOrDefault(v => v.Name == name) is { } view ? TypedResults.Ok(State(view)) : NotFound(name);

    private async Task<IResult> Act(string name, Verb act, string who, IOperators operators, CancellationToken ct)
    {
        if (!codes.Any(c => c.Name == name) || !(await views.Read(ct)).Any(v => v.Name == name))
            return NotFound(name);
        return await act(name, who, operators, ct) is { } refused
            ? TypedResults.Problem(refused, statusCode: StatusCodes.Status409Conflict, title: "Refused", type: "/problems/refused")
            : TypedResults.Ok(State((await views.Read(ct)).Single(v => v.Name == name)));
    }

    private object State(ProjectionView view) => new
    {
        view.Name,
        view.State,
        reason = view.IsPaused ? "an operator has paused it" : view.Failure?.ToString(),
        code = codes.Where(c => c.Name == view.Name).Select(c => c.Version),
        runsHere = progress.Of(view.Name) is not null,
        view.Active.Version,
        view.Active.Position,
        view.Active.Total,
        view.Active.Lag,
        view.Active.BehindSeconds,
        view.Builds,
    };

    private static IResult NotFound(string name) =>
        TypedResults.Problem($"This service has no projection {name}.", statusCode: StatusCodes.Status404NotFound, title: "Not found", type: "/problems/not-found");
}
