using EventDriven.Log.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.Log.Sequencing;

/// <summary>
/// Gives committed events their position. One process at a time does it: the lease is a row with an expiry by the database's clock,
/// and every write carries the lease's epoch, so that a holder that was paused and woke up changes nothing.
/// </summary>
internal sealed partial class Sequencer(EventLog log, NpgsqlDataSource database, Troubles troubles, TimeProvider clock, ILogger<Sequencer> logger)
    : BackgroundService
{
    /// <summary>What the database raises when a write comes with the epoch of a lease that is no longer held.</summary>
    public const string LeaseLost = "ED001";

    private const string Part = "sequencer";
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SafetyNet = TimeSpan.FromMilliseconds(250);

    private readonly Guid _holder = Guid.CreateVersion7();

    /// <summary>The lease's epoch while this process believes to hold it. A belief: the database has the last word.</summary>
    public long? Epoch { get; private set; }

    /// <summary>The last position this process has given.</summary>
    public long Position { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var renewAt = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = log.Appended.Next;
            try
            {
                if (Epoch is null || clock.GetTimestamp() >= renewAt)
                {
                    Epoch = await TakeLease(stoppingToken);
                    renewAt = clock.GetTimestamp() + (long)(RenewEvery.TotalSeconds * clock.TimestampFrequency);
                }
                if (Epoch is { } epoch)
                    await Sequence(epoch, stoppingToken);
                troubles.Clear(Part);
                await Pulse.Wait(woken, SafetyNet, clock, stoppingToken);
            }
            catch (PostgresException lost) when (lost.SqlState == LeaseLost)
            {
                Epoch = null;
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
            {
                Epoch = null;
                troubles.Report(Part, outage.Message);
                DatabaseAway(log.Service, outage.Message);
                await Task.Delay(RenewEvery, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
        }
        await ReleaseLease();
    }

    private async Task<long?> TakeLease(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var take = new Sql("select log.take_lease($1, $2)", _holder, LeaseTime).ToCommand(connection);
        return await take.ExecuteScalarAsync(ct) as long?;
    }

    private async Task Sequence(long epoch, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var sequence = new Sql("select log.sequence($1)", epoch).ToCommand(connection);
        var position = (long)(await sequence.ExecuteScalarAsync(ct))!;
        if (position == Position)
            return;
        Position = position;
        log.Sequenced.Beat();
    }

    /// <summary>A clean stop hands the lease over at once; after a kill it runs out by itself.</summary>
    private async Task ReleaseLease()
    {
        if (Epoch is not { } epoch)
            return;
        Epoch = null;
        try
        {
            await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
            await using var release = new Sql("update log.lease set holder = null where epoch = $1 and holder = $2", epoch, _holder).ToCommand(connection);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception outage) when (PostgresSession.IsOutage(outage))
        {
            DatabaseAway(log.Service, outage.Message); // the lease runs out by itself
        }
    }

    [LoggerMessage(LogLevel.Warning, "The log of {Service} is not sequenced while its database is away; appends fail meanwhile and nothing is lost: {Reason}")]
    private partial void DatabaseAway(string service, string reason);
}
