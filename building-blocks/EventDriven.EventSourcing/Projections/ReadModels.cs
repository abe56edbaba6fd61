using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.EventSourcing.Projections.Running;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing.Projections;

/// <summary>
/// What readers of projections need to know: up to where a read model goes, and how to wait until it includes a write that was answered.
/// </summary>
public sealed class ReadModels
{
    /// <summary>How long a reader waits where it does not say.</summary>
    public static readonly TimeSpan WaitsAtMost = TimeSpan.FromSeconds(5);

    // Where the projection runs it says when it has moved on; elsewhere it is asked, less and less often.
    private static readonly TimeSpan AskFirst = TimeSpan.FromMilliseconds(25), AskAtMost = TimeSpan.FromMilliseconds(250), SafetyNet = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _database;
    private readonly EventLog _log;
    private readonly ProjectionProgress _progress;
    private readonly TimeProvider _clock;

    internal ReadModels(NpgsqlDataSource database, EventLog log, ProjectionProgress progress, TimeProvider clock) =>
        (_database, _log, _progress, _clock) = (database, log, progress, clock);

    /// <summary>Up to which position of the log, inclusive, the read model that readers see goes.</summary>
    /// <exception cref="InvalidOperationException">There is no such projection.</exception>
    public async Task<long> Position(string projection, CancellationToken ct) => (await Ask(projection, [], ct)).Position;

    /// <summary>
    /// Waits until the read model includes writes that were answered, named as the header <c>X-Stream-Version</c> names them:
    /// <c>stream:version</c>, several with commas between. Null or empty waits for nothing.
    /// </summary>
    /// <param name="projection">Which read model.</param>
    /// <param name="includes">The writes.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="atMost">How long to wait; <see cref="WaitsAtMost"/> when null.</param>
    /// <exception cref="IncludesException">The writes are not named that way, or the log holds no such event.</exception>
    /// <exception cref="ReadModelBehindException">It did not get there in time.</exception>
    /// <exception cref="InvalidOperationException">There is no such projection.</exception>
    public async Task WaitFor(string projection, string? includes, CancellationToken ct, TimeSpan? atMost = null)
    {
        var writes = Includes.Parse(includes);
        if (writes.Count == 0)
            return;
        var began = _clock.GetTimestamp();
        for (var ask = AskFirst; ; ask = ask * 2 < AskAtMost ? ask * 2 : AskAtMost)
        {
            var (moved, sequenced) = (_progress.Of(projection)?.Moved.Next, _log.Sequenced.Next);
            var state = await Ask(projection, writes, ct);
            if (state.Includes)
                return;
            var left = (atMost ?? WaitsAtMost) - _clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || state.Stands)
                throw new ReadModelBehindException(projection, state.Stands);
            var next = moved is null ? ask : SafetyNet;
            await Pulse.Wait(moved is null ? sequenced : moved, next < left ? next : left, _clock, ct);
        }
    }

    private async Task<ReadModelState> Ask(string projection, IReadOnlyList<AppendResult> writes, CancellationToken ct)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        var answers = await new Sql("""
            select b.position, p.paused or b.failed_position is not null,
                   array(select case when e.id is null then -1 else (select g.position from log.positions g where g.event_id = e.id) end
                         from unnest($2, $3) with ordinality w (stream, version, n) left join log.events e on (e.stream, e.version) = (w.stream, w.version) order by w.n)
            from sourcing.projections p join sourcing.builds b using (projection) where p.projection = $1 and b.state = 'active'
            """, projection, writes.Select(w => w.Stream).ToArray(), writes.Select(w => w.Version).ToArray())
            .Query(connection, row => new ReadModelState(row.GetInt64(0), row.GetBoolean(1), row.GetFieldValue<long?[]>(2)), ct);
        if (answers is not [var state])
            throw new InvalidOperationException($"No migration declares the tables of projection {projection}.");
        var missing = Array.IndexOf(state.Wanted, ReadModelState.Unknown);
        return missing < 0 ? state : throw new IncludesException($"This service's log holds no event {writes[missing].Stream}:{writes[missing].Version}.", isUnknown: true);
    }
}
