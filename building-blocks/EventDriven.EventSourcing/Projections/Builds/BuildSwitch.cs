using EventDriven.EventSourcing.Projections.Running;
using Microsoft.Extensions.Logging;

namespace EventDriven.EventSourcing.Projections.Builds;

/// <summary>Puts a build that has caught up in the place of the active one. Readers never go back: it is at least as far when they see it.</summary>
internal sealed partial class BuildSwitch(BuildTable builds, ProjectionProgress progress, ILogger<BuildSwitch> logger)
{
    public async Task Switch(Feeder building, Feeder? active, long epoch, CancellationToken ct)
    {
        using var held = active is null ? null : await active.CatchUp.Hold(ct);
        if (active is not null)
            await building.CatchUp.To(active.CatchUp.Position, ct);
        await builds.Activate(building.Build, epoch, ct);
        Switched(building.Build.Projection, building.Build.Version);
        progress.Changed.Beat();
    }

    [LoggerMessage(LogLevel.Information, "Readers of projection {Projection} see version {Version} now")]
    private partial void Switched(string projection, int version);
}
