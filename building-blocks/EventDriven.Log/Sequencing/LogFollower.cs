using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.Log.Sequencing;

/// <summary>
/// Does something for every event of the service's own log, in order, at least once: an effect outside of its database that must
/// come after the event is a fact. A failing event is tried again until it succeeds; later ones wait.
/// </summary>
public interface ILogFollower
{
    /// <summary>Names its checkpoint; stable.</summary>
    string Name { get; }

    /// <summary>Handles one event; must bear a repetition.</summary>
    Task Handle(RecordedEvent recorded, CancellationToken ct);
}

/// <summary>Runs one follower in the process that holds the log's lease.</summary>
internal sealed partial class LogFollowerWorker(
    ILogFollower follower, EventLog log, Sequencer sequencer, NpgsqlDataSource database, Troubles troubles, TimeProvider clock, ILogger<LogFollowerWorker> logger)
    : BackgroundService
{
    private const int BatchSize = 200;
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = log.Sequenced.Next;
            try
            {
                if (sequencer.Epoch is null || !await FollowOnce(stoppingToken))
                    await Pulse.Wait(woken, SafetyNet, clock, stoppingToken);
                troubles.Clear(follower.Name);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) // kept: the checkpoint stays before the event and the trouble shows until it goes through
            {
                troubles.Report(follower.Name, failure.Message);
                Stuck(follower.Name, failure);
                await Task.Delay(Backoff, clock, stoppingToken);
            }
        }
    }

    private async Task<bool> FollowOnce(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var read = new Sql("select position from log.checkpoints where follower = $1", follower.Name).ToCommand(connection);
        var checkpoint = await read.ExecuteScalarAsync(ct) as long? ?? 0;

        var events = await log.Reader.After(checkpoint, BatchSize, ct);
        foreach (var recorded in events)
        {
            await follower.Handle(recorded, ct);
            checkpoint = recorded.Position!.Value;
        }
        if (events.Count == 0)
            return false;

        await using var move = new Sql("""
            insert into log.checkpoints values ($1, $2)
            on conflict (follower) do update set position = excluded.position where checkpoints.position < excluded.position
            """, follower.Name, checkpoint).ToCommand(connection);
        await move.ExecuteNonQueryAsync(ct);
        return true;
    }

    [LoggerMessage(LogLevel.Error, "Follower {Follower} is stuck at an event and tries it again")]
    private partial void Stuck(string follower, Exception failure);
}
