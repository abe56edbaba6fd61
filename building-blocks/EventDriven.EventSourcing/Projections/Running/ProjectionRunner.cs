using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>
/// Runs the projections in the process that holds the log's lease: begins a build where the code is newer than what was ever begun, and
/// feeds each build whose version it has code for. What an operator changes it sees within a second, in whichever process that was.
/// </summary>
internal sealed partial class ProjectionRunner(
    IEnumerable<ProjectionCode> codes, EventLog log, Sequencer sequencer, BuildTable builds, BuildSwitch switching, EventPages pages, ProjectionProgress progress,
    NpgsqlDataSource database, Troubles troubles, TimeProvider clock, ILogger<ProjectionRunner> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ILookup<string, ProjectionCode> _codes = codes.OrderBy(c => c.Version).ToLookup(c => c.Name, StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested && _codes.Count > 0)
        {
            var woken = log.Sequenced.Next; // beats with a new epoch as well
            try
            {
                if (sequencer.Epoch is { } epoch)
                    await RunUnder(epoch, stoppingToken);
                else
                    await Pulse.Wait(woken, LookEvery, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task RunUnder(long epoch, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Feeders feeders = new(stop.Token);
        try
        {
            while (sequencer.Epoch == epoch)
            {
                var woken = progress.Changed.Next;
                await Look(feeders, epoch, ct);
                await Pulse.Wait(woken, LookEvery, clock, ct);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await feeders.Ended();
            progress.Stop();
        }
    }

    /// <summary>Does what the builds in the database ask for now.</summary>
    private async Task Look(Feeders feeders, long epoch, CancellationToken ct)
    {
        try
        {
            var states = await builds.Read(ct);
            foreach (var code in _codes)
                await Look(code, states.GetValueOrDefault(code.Key), feeders, epoch, ct);
            progress.Show(feeders.Running.Where(f => f.Build.IsActive));
        }
        catch (PostgresException lost) when (lost.SqlState == Sequencer.LeaseLost)
        {
            // the sequencer finds out as well
        }
        catch (Exception outage) when (PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
        {
            // the sequencer shows that its database is away
        }
    }

    private async Task Look(IGrouping<string, ProjectionCode> code, ProjectionState? state, Feeders feeders, long epoch, CancellationToken ct)
    {
        var part = "projection " + code.Key;
        if (state is null)
        {
            troubles.Report(part, "no migration declares its tables");
            return;
        }
        var reason = code.Last().Version > state.Newest ? await CannotBegin(state, code.Last(), epoch, ct) : null;
        try
        {
            await feeders.Feed(state, build => Feeder(build, code, epoch), (feeder, token) => AtHead(feeder, state.Active, feeders, epoch, token));
            if ((reason ?? Trouble(state, code)) is { } trouble)
                troubles.Report(part, trouble);
            else
                troubles.Clear(part);
        }
        catch (InvalidOperationException wrong) // code and tables do not fit: the other projections go on
        {
            troubles.Report(part, wrong.Message);
        }
    }

    /// <summary>Begins a build of the newest code; why not where no migration declares its tables.</summary>
    private async Task<string?> CannotBegin(ProjectionState state, ProjectionCode newest, long epoch, CancellationToken ct)
    {
        try
        {
            await builds.Begin(state.Name, newest.Version, epoch, ct);
        }
        catch (PostgresException undeclared) when (undeclared.SqlState == BuildTable.Undeclared)
        {
            return undeclared.MessageText;
        }
        Began(state.Name, newest.Version);
        progress.Changed.Beat();
        return null;
    }

    private static string? Trouble(ProjectionState state, IEnumerable<ProjectionCode> code)
    {
        if (state.Builds.FirstOrDefault(b => b.State != Build.Kept && b.Failure is not null) is { Failure: { } failure } standing)
            return $"version {standing.Version}: {failure}";
        return code.Any(c => c.Version == state.Active.Version)
            ? null
            : $"readers see version {state.Active.Version}, and the process that holds the log's lease has no code for it: it is not kept up to date";
    }

    private Feeder? Feeder(Build build, IEnumerable<ProjectionCode> code, long epoch) => code.FirstOrDefault(c => c.Version == build.Version) is { } own
        ? new(build, new(build, own.Intake(build), epoch, sequencer, pages, builds, database, clock), epoch, log, sequencer, builds, troubles, clock, logger)
        : null;

    private Task AtHead(Feeder feeder, Build active, Feeders all, long epoch, CancellationToken ct) => feeder.Build.IsActive
        ? Task.CompletedTask
        : switching.Switch(feeder, active, () => all.Running.FirstOrDefault(f => f.Build.Id == active.Id), epoch, ct);

    [LoggerMessage(LogLevel.Information, "Projection {Projection} is built in version {Version}, beside the version that readers see")]
    private partial void Began(string projection, int version);
}
