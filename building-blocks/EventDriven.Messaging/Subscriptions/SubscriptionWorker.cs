using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>
/// Runs one subscription: a consumer that polls on a thread of its own, lanes that work, and one task that writes how far all is done.
/// The database's offset is the truth: it is claimed and sought at every assignment.
/// </summary>
internal sealed partial class SubscriptionWorker(
    Subscription subscription, EventLog log, NpgsqlDataSource database, KafkaClients kafka, IOptions<MessagingOptions> options,
    Troubles troubles, IServiceProvider services, TimeProvider clock, ILogger<SubscriptionWorker> logger) : BackgroundService
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OffsetsEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TrustedAfter = TimeSpan.FromSeconds(2); // a session that is going to fail has failed by then
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainBudget = TimeSpan.FromSeconds(3);

    private readonly Inbox _inbox = new(subscription.Name, database);
    private readonly MessagingOptions _options = options.Value;
    private volatile Session? _session;

    public Subscription Subscription => subscription;

    /// <summary>The partitions this process has now, with the end of each as the consumer last heard of it.</summary>
    public IEnumerable<(PartitionClaim Claim, long End)> Partitions => _session?.Partitions ?? [];

    public bool IsAssigned => _session is { HasBeenAssigned: true };

    public string? Trouble => troubles.Of(subscription.Name)
        ?? Enumerable.Range(0, _options.Lanes).Select(i => troubles.Of(LaneName(i))).FirstOrDefault(t => t is not null);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
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
            catch (Exception outage) when (outage is KafkaException || PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
            {
                troubles.Report(subscription.Name, outage.Message);
                Waiting(subscription.Name, outage.Message);
                await Task.Delay(Backoff, clock, stoppingToken);
            }
        }
    }

    private string LaneName(int number) => $"{subscription.Name}/lane-{number}";

    private async Task RunSession(CancellationToken ct)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var batch = new InboxBatch(subscription, _inbox, log, database, services, clock);
        var lanes = Enumerable.Range(0, _options.Lanes)
            .Select(i => new Lane(LaneName(i), batch, _options.BatchSize, troubles, clock, logger)).ToArray();
        using var session = _session = new Session(subscription, _inbox, kafka, lanes, maxInFlight: _options.BatchSize * lanes.Length * 2);

        // The client blocks its thread, so it has one of its own. The others end with it, and it with them.
        List<Task> parts =
        [
            Task.Factory.StartNew(() => session.Poll(PollTime, ends.Token), ends.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default),
            .. lanes.Select(lane => lane.Run(ends.Token)),
            MoveOffsets(session, ends.Token),
        ];
        var first = await Task.WhenAny(parts);
        await ends.CancelAsync();
        await Task.WhenAll(parts).WaitAsync(DrainBudget, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _session = null;
        await first; // its failure is the session's
    }

    private async Task MoveOffsets(Session session, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            await Task.Delay(OffsetsEvery, clock, ct);
            await session.MoveOffsets(ct);
            if (session.BrokerTrouble is { } trouble)
                troubles.Report(subscription.Name, trouble);
            else if (session.HasBeenAssigned && clock.GetElapsedTime(started) > TrustedAfter)
                troubles.Clear(subscription.Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Subscription {Subscription} waits and goes on by itself: {Reason}")]
    private partial void Waiting(string subscription, string reason);
}
