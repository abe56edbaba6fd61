using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.EventSourcing.Projections.Running;
using EventDriven.Log;
using EventDriven.Log.Control;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Control;

/// <summary>
/// What an operator can do to a projection. Each is one transaction with its entry in the audit; each answers why it cannot, or null when
/// it did.
/// </summary>
internal sealed class ProjectionOperations(IEnumerable<ProjectionCode> codes, BuildTable builds, ProjectionProgress progress)
{
    private const string ClearFailure = """
        update sourcing.builds set failed_position = null, failed_stream = null, failed_version = null, failed_type = null, failed_cause = null, failed_at = null
        where projection = $1 and failed_position is not null returning build
        """;

    /// <summary>Takes in nothing more.</summary>
    public Task<string?> Pause(string projection, string who, IOperators operators, CancellationToken ct) => Do(projection, "pause", who, operators, async transaction =>
    {
        await Run(transaction, new("update sourcing.projections set paused = true where projection = $1 returning 1::bigint", projection), ct);
        return null;
    }, ct);

    /// <summary>Goes on, also at an event that could not be taken in.</summary>
    public Task<string?> Resume(string projection, string who, IOperators operators, CancellationToken ct) => Do(projection, "resume", who, operators, async transaction =>
    {
        await Run(transaction, new("update sourcing.projections set paused = false where projection = $1 returning 1::bigint", projection), ct);
        await Run(transaction, new(ClearFailure, projection), ct);
        return null;
    }, ct);

    /// <summary>Tries the event again that it stands before.</summary>
    public Task<string?> Retry(string projection, string who, IOperators operators, CancellationToken ct) => Do(projection, "retry", who, operators,
        async transaction => await Run(transaction, new(ClearFailure, projection), ct) == 0 ? $"Projection {projection} stands before no event." : null, ct);

    /// <summary>Builds it anew with this process' code, beside what readers see; then that takes its place.</summary>
    public async Task<string?> Rebuild(string projection, string who, IOperators operators, CancellationToken ct)
    {
        var state = (await builds.Read(ct))[projection];
        var version = codes.Where(c => c.Name == projection).Max(c => c.Version);
        return version < state.Active.Version
            ? $"Readers see version {state.Active.Version}; the newest that this process has code for is {version}."
            : await Do(projection, "rebuild", who, operators, async transaction =>
            {
                await Run(transaction, new("select sourcing.begin_build($1, $2)", projection, version), ct);
                return null;
            }, ct);
    }

    /// <summary>Has the build before the active one catch up and take its place again.</summary>
    public async Task<string?> Rollback(string projection, string who, IOperators operators, CancellationToken ct)
    {
        if ((await builds.Read(ct))[projection].Of(Build.Kept) is not { } kept)
            return $"No earlier build of projection {projection} is kept.";
        return codes.Any(c => c.Name == projection && c.Version == kept.Version)
            ? await Do(projection, "rollback", who, operators, async transaction =>
                await Run(transaction, new("select sourcing.rollback_build($1)::bigint", projection), ct) == 0 ? "It was rolled back already." : null, ct)
            : $"The build that is kept is of version {kept.Version}, for which this process has no code.";
    }

    private async Task<string?> Do(string projection, string action, string who, IOperators operators, Func<NpgsqlTransaction, Task<string?>> change, CancellationToken ct)
    {
        string? refused = null;
        await operators.Audited("projection " + projection, action, who, async transaction => (refused = await change(transaction)) is null ? new { projection } : null, ct);
        progress.Changed.Beat();
        return refused;
    }

    private static async Task<int> Run(NpgsqlTransaction transaction, Sql sql, CancellationToken ct) =>
        (await sql.Query(transaction.Connection!, row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), ct)).Count(answer => answer is not null);
}
