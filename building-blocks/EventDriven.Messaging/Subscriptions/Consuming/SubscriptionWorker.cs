using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging.Subscriptions.Failure;
using EventDriven.Messaging.Subscriptions.Healing;
using EventDriven.Messaging.Subscriptions.Inbox;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>
/// Runs one subscription: a consumer that polls on a thread of its own, lanes that work, and tasks that look after what is set aside
/// and write how far all is done. The database's offset is the truth: it is claimed and sought at every assignment.
/// </summary>
internal sealed partial class SubscriptionWorker(
    Subscription subscription, EventLog log, NpgsqlDataSource database, KafkaClients kafka, BackfillClient backfill, IOptions<MessagingOptions> options,
    Troubles troubles, IServiceProvider services, TimeProvider clock, ILogger<SubscriptionWorker> logger) : BackgroundService
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OffsetsEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TrustedAfter = TimeSpan.FromSeconds(2); // a session that is going to fail has failed by then
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(3);

    private readonly MessagingOptions _options = options.Value;
    private volatile Session? _session;
    private volatile Caretaker? _caretaker;

    public Subscription Subscription => subscription;

    /// <summary>The partitions this process has now, with the end of each as the consumer last heard of it.</summary>
    public IEnumerable<(PartitionClaim Claim, long End)> Partitions => _session?.Partitions ?? [];

    /// <summary>What the broker calls this process in the subscription's group; null while it is in none.</summary>
    public string? Member => _session?.Member;

    public bool IsAssigned => _session is { HasBeenAssigned: true };

    /// <summary>An operator has paused it, and it takes in nothing.</summary>
    public bool IsPaused => _session is { Flow.HasPaused: true };

    /// <summary>What is set aside, in the whole subscription.</summary>
    public SetAsideSummary SetAside => _caretaker?.Summary ?? SetAsideSummary.Empty;

    /// <summary>Why nothing goes on; null while it does.</summary>
    public string? Trouble => troubles.Of(subscription.Name)
        ?? Enumerable.Range(0, _options.Lanes).Select(i => troubles.Of(LaneName(i))).FirstOrDefault(t => t is not null);

    /// <summary>What somebody should look at, though the rest goes on.</summary>
    public IEnumerable<string> Alarms => troubles.Under(subscription.Name + "/").Except(Enumerable.Range(0, _options.Lanes).Select(i => troubles.Of(LaneName(i))))!;

    /// <summary>The age of the oldest message that is not handled, as far as this process knows; null when there is none.</summary>
    public double? OldestSeconds => new[] { _session?.Oldest, SetAside.Oldest }.Min() is { } oldest ? Math.Max(0, (clock.GetUtcNow() - oldest).TotalSeconds) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var observed = MessagingTelemetry.Observe(this);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunSession(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (ClaimLostException)
            {
                // A new session claims what the broker says is ours.
            }
            catch (Exception outage) when (outage is KafkaException || PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
            {
                var reason = outage is KafkaException refused ? Refusal.OfReading(subscription.Name, refused) : outage.Message;
                troubles.Report(subscription.Name, reason);
                Waiting(subscription.Name, reason);
                await Task.Delay(Backoff, clock, stoppingToken);
            }
        }
    }

    private string LaneName(int number) => $"{subscription.Name}/lane-{number}";

    private async Task RunSession(CancellationToken ct)
    {
        using var polls = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var works = new CancellationTokenSource(); // outlives the polling: what has begun comes to its end
        var breaker = new Breaker();
        var inbox = new InboxParts(subscription, log, database, breaker, _options, services, clock);
        var lanes = Enumerable.Range(0, _options.Lanes)
            .Select(i => new Lane(LaneName(i), new(inbox), breaker, _options.BatchSize, troubles, clock, logger) { Follow = outcome => _caretaker!.Follow(outcome) }).ToArray();
        using var session = new Session(subscription, new(subscription, database), kafka, lanes, maxInFlight: _options.BatchSize * lanes.Length * 2, clock)
        {
            Forgotten = (partition, offset) => Forgotten(subscription.Name, partition.Topic, partition.Partition.Value, offset),
        };
        _caretaker = new(new(subscription.Name, database), subscription, session, backfill, troubles, clock, logger);
        var history = new HistoryReader(subscription.Name, session, backfill, database, troubles, clock, logger);
        _session = session;

        // The client blocks its thread, so it has one of its own. The others end with it, and it with them.
        List<Task> parts =
        [
            Task.Factory.StartNew(() => session.Poll(PollTime, polls.Token), polls.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default),
            .. lanes.Select(lane => lane.Run(works.Token)),
            MoveOffsets(session, works.Token),
            _caretaker.Look(works.Token),
            _caretaker.Retry(works.Token),
            history.Run(works.Token),
        ];
        var first = await Task.WhenAny(parts);
        await polls.CancelAsync();
        await parts[0].ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ct.IsCancellationRequested && first == parts[0])
            session.Drain();
        await works.CancelAsync();
        await Task.WhenAll(parts).WaitAsync(EndsWithin, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        session.Abandon();
        _session = null;
        await first; // its failure is the session's
    }

    private async Task MoveOffsets(Session session, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            await Task.Delay(OffsetsEvery, clock, ct);
            session.MoveOffsets();
            if (session.BrokerTrouble is { } trouble)
                troubles.Report(subscription.Name, trouble);
            else if (session.HasBeenAssigned && clock.GetElapsedTime(started) > TrustedAfter)
                troubles.Clear(subscription.Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Subscription {Subscription} waits and goes on by itself: {Reason}")]
    private partial void Waiting(string subscription, string reason);

    [LoggerMessage(LogLevel.Error, "Subscription {Subscription}: {Topic} [{Partition}] no longer holds what comes after {Offset}; it is read from the senders' logs")]
    private partial void Forgotten(string subscription, string topic, int partition, long? offset);
}
