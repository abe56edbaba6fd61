using EventDriven.Log.Database;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventDriven.Log.Sequencing;

/// <summary>
/// Carries "there was an append" between processes: those that do not hold the lease notify, the holder listens. A notice is sent
/// after the commit and by itself: inside the append's transaction it would hold a lock of the whole cluster through the commit,
/// one writer after the other. However many appends there were meanwhile, one notice tells of them all. A lost notice costs the
/// sequencer's safety net, never an event.
/// </summary>
internal sealed class AppendNotices(EventLog log, Sequencer sequencer, NpgsqlDataSource database, TimeProvider clock) : BackgroundService
{
    private const string Channel = "log_appended";
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(1);

    private Task _appended = log.Appended.Next;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Forever(Notify, stoppingToken), Forever(Listen, stoppingToken));

    private async Task Notify(CancellationToken ct)
    {
        await _appended.WaitAsync(ct);
        _appended = log.Appended.Next; // before the notice is sent: what is appended meanwhile has a notice of its own
        if (sequencer.Epoch is not null)
            return;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var notify = new NpgsqlCommand("notify " + Channel, connection);
        await notify.ExecuteNonQueryAsync(ct);
    }

    private async Task Listen(CancellationToken ct)
    {
        var changed = log.Sequenced.Next; // beats with a new epoch as well
        if (sequencer.Epoch is null)
        {
            await Pulse.Wait(changed, Backoff, clock, ct);
            return;
        }
        await using var connection = await database.OpenConnectionAsync(ct);
        connection.Notification += (_, _) => log.Appended.Beat();
        await using (var listen = new NpgsqlCommand("listen " + Channel, connection))
            await listen.ExecuteNonQueryAsync(ct);
        log.Appended.Beat(); // whatever was said before we listened
        while (sequencer.Epoch is not null)
            await connection.WaitAsync(Backoff, ct);
        await using var unlisten = new NpgsqlCommand("unlisten " + Channel, connection); // it goes back to the pool as it is
        await unlisten.ExecuteNonQueryAsync(ct);
    }

    private async Task Forever(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await work(ct);
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage))
            {
                await Task.Delay(Backoff, clock, ct); // the sequencer shows that its database is away
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
