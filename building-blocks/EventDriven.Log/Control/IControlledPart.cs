using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace EventDriven.Log.Control;

/// <summary>A part of a service that operators look at and steer. It is mapped under <c>/control</c>, behind its token.</summary>
internal interface IControlledPart
{
    void Map(IEndpointRouteBuilder control, IOperators operators);
}

/// <summary>Who steers, and what is kept of it.</summary>
internal interface IOperators
{
    /// <summary>For what is recorded with who did it; a caller that does not say it properly is refused.</summary>
    Task<IResult> Acting(HttpContext http, Func<string, Task<IResult>> act);

    /// <summary>Changes and says who did it, or neither: where there is nothing to say nothing is changed. Answers the number that it has in the audit.</summary>
    /// <param name="part">What was steered.</param>
    /// <param name="action">The verb.</param>
    /// <param name="who">An opaque id.</param>
    /// <param name="change">Answers the details to be kept, or null when it changed nothing. It runs again where another transaction was in its way.</param>
    /// <param name="ct">Cancels.</param>
    Task<long?> Audited(string part, string action, string who, Func<NpgsqlTransaction, Task<object?>> change, CancellationToken ct);
}
