using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>
/// Keeps one build at the log's head under one epoch of the lease. It ends with the lease, with an event that cannot be taken in, or when
/// somebody else has moved the build.
/// </summary>
internal sealed partial class Feeder(
    Build build, CatchUp catchUp, long epoch, EventLog log, Sequencer sequencer, BuildTable builds, Troubles troubles, TimeProvider clock, ILogger logger)
{
    // Small batches cost the same as big ones, so after one it rests for a multiple of what it took while events come close together.
    private const int RestPerBatch = 4;
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(1), Backoff = TimeSpan.FromSeconds(1), RestAtMost = TimeSpan.FromMilliseconds(50);

    public Build Build => build;

    public CatchUp CatchUp => catchUp;

    private string Part => $"projection {build.Projection} v{build.Version}";

    /// <param name="atHead">What to do each time there is nothing left to take in.</param>
    /// <param name="ct">Ends it.</param>
    public async Task Run(Func<CancellationToken, Task> atHead, CancellationToken ct)
    {
        while (sequencer.Epoch == epoch)
        {
            var woken = log.Sequenced.Next;
            try
            {
                var began = clock.GetTimestamp();
                var (taken, isAtHead) = await catchUp.Run(ct);
                troubles.Clear(Part);
                if (!isAtHead)
                    continue; // somebody holds it
                await atHead(ct);
                if (taken > 1)
                    await Task.Delay(Rest(clock.GetElapsedTime(began)), clock, ct);
                await Pulse.Wait(woken, SafetyNet, clock, ct);
            }
            catch (PostgresException ended) when (ended.SqlState is Sequencer.LeaseLost or BuildTable.Moved)
            {
                return;
            }
            catch (PoisonedException poisoned)
            {
                await Fail(poisoned.Failure, ct);
                Stands(build.Projection, build.Version, poisoned.Message, poisoned);
                return;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) // kept: the build stays where it is and the trouble shows until it goes on
            {
                troubles.Report(Part, failure.Message);
                if (!PostgresSession.IsOutage(failure) && !PostgresSession.IsRace(failure))
                    Waits(build.Projection, build.Version, failure);
                await Task.Delay(Backoff, clock, ct);
            }
        }
    }

    private static TimeSpan Rest(TimeSpan took) => TimeSpan.FromTicks(Math.Min(took.Ticks * RestPerBatch, RestAtMost.Ticks));

    private async Task Fail(Failure failure, CancellationToken ct)
    {
        try
        {
            await builds.Fail(build, failure, epoch, ct);
        }
        catch (Exception outage) when (PostgresSession.IsOutage(outage))
        {
            // whoever feeds the build next meets the event again
        }
    }

    [LoggerMessage(LogLevel.Error, "Projection {Projection} version {Version} cannot go on, and tries again")]
    private partial void Waits(string projection, int version, Exception failure);

    [LoggerMessage(LogLevel.Error, "Projection {Projection} version {Version} stands: {Reason}")]
    private partial void Stands(string projection, int version, string reason, Exception failure);
}
