using System.Threading.Channels;
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
    // A step costs the machine the same for one event as for a hundred, and so does each batch to the broker that comes of it: while events come
    // close together it rests, the longer the more there were. One that comes alone is never kept waiting.
    private static readonly TimeSpan RestPerEvent = TimeSpan.FromMilliseconds(1), RestAtMost = TimeSpan.FromMilliseconds(40), CloseTogether = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1); // also the safety net under the signals
    private static readonly TimeSpan TryToTakeEvery = TimeSpan.FromMilliseconds(250);

    private readonly Guid _holder = Guid.CreateVersion7();
    private readonly Channel<FreshEvents> _fresh = Channel.CreateBounded<FreshEvents>(64);

    /// <summary>The lease's epoch while this process believes to hold it. A belief: the database has the last word.</summary>
    public long? Epoch => Session?.Epoch;

    /// <summary>The last position this process has given.</summary>
    public long Position => Session?.Position ?? 0;

    /// <summary>This process' time with the lease; null while it does not hold it. Another one may come with the same epoch.</summary>
    public SequencerSession? Session { get; private set; }

    /// <summary>Events as they get their position, for one reader that asked for them: without holes unless it is slow, then it reads the log.</summary>
    public ChannelReader<FreshEvents> Fresh => _fresh.Reader;

    /// <summary>Beats when there may be something new in <see cref="Fresh"/>, and with whatever <see cref="EventLog.Sequenced"/> beats for.</summary>
    public Pulse Moved { get; } = new();

    /// <summary>Set by a reader of <see cref="Fresh"/> while it has read everything before.</summary>
    public bool FreshIsWanted { get; set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (Session is null && (Session = await SequencerSession.TryBegin(database, _holder, stoppingToken)) is null)
                    await Task.Delay(TryToTakeEvery, clock, stoppingToken);
                if (Session is not null)
                    await Run(Session, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (PostgresException lost) when (lost.SqlState == LeaseLost)
            {
                await EndSession();
                log.Appended.Beat(); // whoever holds it now should hear of what was meant for us
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage) || IsOwnEcho(outage) || Session is { IsLost: true })
            {
                await EndSession();
                troubles.Report(Part, outage.Message);
                DatabaseAway(log.Service, outage.Message);
                await Task.Delay(RenewEvery, clock, stoppingToken);
            }
        }
        await ReleaseLease();
    }

    private async Task Run(SequencerSession session, CancellationToken ct)
    {
        Beat(); // a new session
        var renewedAt = clock.GetTimestamp();
        long? gaveAt = null;
        while (true)
        {
            var woken = log.Appended.Next;
            if (clock.GetElapsedTime(renewedAt) >= RenewEvery)
            {
                if (!await session.Renew(_holder, ct))
                {
                    await EndSession();
                    return;
                }
                renewedAt = clock.GetTimestamp();
            }

            var began = clock.GetTimestamp();
            var given = await session.Sequence(FreshIsWanted ? HandOver : null, ct);
            if (given.Count > 0)
                Beat();
            troubles.Clear(Part);

            if (given.IsCut)
                continue;
            if (given.Count > 1 || (given.Count == 1 && gaveAt is { } before && clock.GetElapsedTime(before, began) < CloseTogether))
                await Task.Delay(Rest(given.Count), clock, ct);
            if (given.Count > 0)
                gaveAt = began;
            await Pulse.Wait(woken, RenewEvery, clock, ct);
        }

        void HandOver(IReadOnlyList<RecordedEvent> events)
        {
            if (events.Count > 0 && _fresh.Writer.TryWrite(new(session, events)))
                Moved.Beat();
        }
    }

    private void Beat()
    {
        log.Sequenced.Beat();
        Moved.Beat();
    }

    private static TimeSpan Rest(int events) => TimeSpan.FromTicks(Math.Min(Math.Max(1, events - 1) * RestPerEvent.Ticks, RestAtMost.Ticks));

    // A statement whose answer was lost may still have been at work when it was repeated.
    private static bool IsOwnEcho(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    private async Task EndSession()
    {
        if (Session is not { } session)
            return;
        Session = null;
        Beat(); // whoever works under it stops
        await Close(session);
    }

    /// <summary>A clean stop hands the lease over at once; after a kill it runs out by itself.</summary>
    private async Task ReleaseLease()
    {
        if (Session is not { } session)
            return;
        Session = null;
        try
        {
            await session.Release(_holder);
        }
        catch (Exception outage) when (PostgresSession.IsOutage(outage) || session.IsLost)
        {
            DatabaseAway(log.Service, outage.Message); // the lease runs out by itself
        }
        await Close(session);
    }

    private async Task Close(SequencerSession session)
    {
        try
        {
            await session.DisposeAsync();
        }
        catch (Exception broken) when (session.IsLost)
        {
            DatabaseAway(log.Service, broken.Message); // an answer came that nobody waited for: the connection is closed
        }
    }

    [LoggerMessage(LogLevel.Warning, "The log of {Service} is not sequenced while its database is away; appends fail meanwhile and nothing is lost: {Reason}")]
    private partial void DatabaseAway(string service, string reason);
}

/// <summary>Events with the positions that a session gives them, which may not be committed yet; what an ended session gave may be another's now.</summary>
internal sealed record FreshEvents(SequencerSession Session, IReadOnlyList<RecordedEvent> Events);
