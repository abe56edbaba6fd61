using System.Data;
using EventDriven.EventSourcing.Projections.Running;
using EventDriven.Log;
using EventDriven.Log.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Builds;

/// <summary>
/// Puts a build that has caught up in the place of the active one, after it was compared with it. Readers never go back: it is at least as
/// far when they see it.
/// </summary>
internal sealed partial class BuildSwitch(BuildTable builds, ProjectionProgress progress, NpgsqlDataSource database, TimeProvider clock, ILogger<BuildSwitch> logger)
{
    private const int MostTries = 20;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(250);

    /// <param name="building">What has caught up.</param>
    /// <param name="active">What readers see.</param>
    /// <param name="feeder">Who feeds it now; null when nobody does here.</param>
    /// <param name="epoch">The lease's.</param>
    /// <param name="ct">Gives up.</param>
    public async Task Switch(Feeder building, Build active, Func<Feeder?> feeder, long epoch, CancellationToken ct)
    {
        var compared = await Compare(building, active, feeder(), ct);
        await builds.Compared(building.Build, compared, epoch, ct);
        if (compared.Differs)
            Differs(building.Build.Projection, building.Build.Version, compared.ToJson());

        for (var tried = 1; !await TryActivate(building, feeder(), epoch, isLast: tried == MostTries, ct); tried++)
            await Task.Delay(BetweenTries, clock, ct);
        Switched(building.Build.Projection, building.Build.Version);
        progress.Changed.Beat();
    }

    /// <summary>The active build is held only until a snapshot shows both at one position; what they hold is compared after that.</summary>
    private async Task<Comparison> Compare(Feeder building, Build activeBuild, Feeder? active, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        long? position;
        using (active is null ? null : await active.CatchUp.Hold(ct))
        {
            position = await Align(building, activeBuild, active, ct);
            await new Sql("select 1").Query(connection, row => row.GetInt32(0), ct); // the snapshot is taken with the first statement
        }
        return await Comparison.Of(connection, building.Build, activeBuild, position, ct);
    }

    /// <summary>Brings both to one position; null where the active one is not fed and stands elsewhere.</summary>
    private static async Task<long?> Align(Feeder building, Build activeBuild, Feeder? active, CancellationToken ct)
    {
        if (active is null)
            return building.CatchUp.Position == activeBuild.Position ? activeBuild.Position : null;
        await building.CatchUp.To(active.CatchUp.Position, ct);
        try
        {
            await active.CatchUp.To(building.CatchUp.Position, ct);
            return building.CatchUp.Position;
        }
        catch (PoisonedException) // its own feeder meets the event again and says so
        {
            return null;
        }
    }

    /// <summary>False when a reader's transaction was in the way.</summary>
    private async Task<bool> TryActivate(Feeder building, Feeder? active, long epoch, bool isLast, CancellationToken ct)
    {
        using var held = active is null ? null : await active.CatchUp.Hold(ct);
        if (active is not null)
            await building.CatchUp.To(active.CatchUp.Position, ct);
        try
        {
            await builds.Activate(building.Build, epoch, ct);
            return true;
        }
        catch (Exception race) when (PostgresSession.IsRace(race) && !isLast)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Readers of projection {Projection} see version {Version} now")]
    private partial void Switched(string projection, int version);

    [LoggerMessage(LogLevel.Warning, "Projection {Projection} version {Version}, built anew, holds something else than what readers saw: {Comparison}")]
    private partial void Differs(string projection, int version, string comparison);
}
