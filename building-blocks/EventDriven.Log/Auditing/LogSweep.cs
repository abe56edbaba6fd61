using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Log.Auditing;

/// <summary>
/// Verifies the log in the background, in the process that holds its lease, in short pages and for a bounded share of the time. What it
/// finds shows as a row, an error in the service's own log, a metric and Degraded health until an operator has accepted it.
/// </summary>
internal sealed partial class LogSweep(
    EventLog log, Sequencer sequencer, AuditReader reader, LogAudit audit, SweepTable table, AuditGauges gauges, IOptions<AuditOptions> options,
    Troubles troubles, TimeProvider clock, ILogger<LogSweep> logger) : BackgroundService
{
    private const string Part = "audit";
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RestsAtLeast = TimeSpan.FromMilliseconds(100); // so that single events do not cost a page each

    private DateTimeOffset _lookDue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var woken = log.Sequenced.Next;
                await Show(stoppingToken);
                if (sequencer.Epoch is { } epoch)
                    await SweepUnder(epoch, stoppingToken);
                else
                    await Pulse.Wait(woken, SafetyNet, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (PostgresException lost) when (lost.SqlState == Sequencer.LeaseLost)
            {
                await Task.Delay(SafetyNet, clock, stoppingToken); // the sequencer finds out as well
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
            {
                await Task.Delay(SafetyNet, clock, stoppingToken); // the sequencer shows that its database is away
            }
            catch (Exception failure) // kept: it goes on from where it was and the trouble shows until it does
            {
                troubles.Report(Part, $"the log is not verified: {failure.Message}");
                Stuck(log.Service, failure);
                await Task.Delay(LooksEvery, clock, stoppingToken);
            }
        }
    }

    private async Task SweepUnder(long epoch, CancellationToken ct)
    {
        var session = new SweepSession(log, sequencer, reader, audit, table, options.Value, clock, epoch, await table.Read(ct)) { Found = Found };
        while (sequencer.Epoch == epoch)
        {
            var woken = log.Sequenced.Next;
            var began = clock.GetTimestamp();
            await session.Step(ct);
            gauges.Unverified = Math.Max(0, sequencer.Position - session.State.Newest.Position);
            var rest = clock.GetElapsedTime(began) * ((1 - options.Value.Share) / options.Value.Share);
            await Show(ct);
            await Task.Delay(rest > RestsAtLeast ? rest : RestsAtLeast, clock, ct);
            if (!session.IsBusy)
                await Pulse.Wait(woken, SafetyNet, clock, ct);
        }
        gauges.Unverified = null;
    }

    private void Found(IReadOnlyList<Finding> findings)
    {
        foreach (var (kind, stream, version, position, what) in findings)
            NotAsWritten(log.Service, kind, stream, version, position, what);
        _lookDue = default;
    }

    /// <summary>Every process of the service shows what is open.</summary>
    private async Task Show(CancellationToken ct)
    {
        if (clock.GetUtcNow() < _lookDue)
            return;
        _lookDue = clock.GetUtcNow() + LooksEvery;
        var (open, newest) = await audit.OpenFindings(ct);
        gauges.Findings = open;
        if (open == 0)
            troubles.Clear(Part);
        else
            troubles.Report(Part, $"{open} findings in the log, see /control/log; the newest: {newest!.What} ({newest.Stream ?? "position"} {newest.Version ?? newest.Position})");
    }

    [LoggerMessage(LogLevel.Error, "The log of {Service} is not as it was written: {Kind}, stream {Stream}, version {Version}, position {Position}: {What}")]
    private partial void NotAsWritten(string service, string kind, string? stream, long? version, long? position, string what);

    [LoggerMessage(LogLevel.Error, "The log of {Service} is not verified; it is tried again")]
    private partial void Stuck(string service, Exception failure);
}
