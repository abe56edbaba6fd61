using System.Threading.Channels;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Inbox;
using Microsoft.Extensions.Logging;

namespace EventDriven.Messaging.Subscriptions.Healing;

/// <summary>
/// Looks after what is set aside: tries failed messages again when they are due, and fetches what is missing in a stream from its
/// publisher. What it remembers is only what is near; once a second it asks the database, which knows all.
/// </summary>
internal sealed partial class Caretaker(
    SetAside table, Subscription subscription, Session session, BackfillClient backfill, Troubles troubles, TimeProvider clock, ILogger logger)
{
    /// <summary>How long it is told which batch an offset was in, and which messages without order have come: twice the topics' retention.</summary>
    public static readonly TimeSpan RemembersFor = TimeSpan.FromDays(14);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FetchesAfter = TimeSpan.FromSeconds(5); // until then it is most likely still on its way
    private static readonly TimeSpan CleansEvery = TimeSpan.FromHours(1);

    private readonly Channel<(MarkKey Key, int Partition, TimeSpan In)> _due = Channel.CreateUnbounded<(MarkKey, int, TimeSpan)>(new() { SingleReader = true });
    private readonly Dictionary<MarkKey, (DateTimeOffset Next, int Tries)> _fetches = [];

    /// <summary>What is set aside, as of the last look.</summary>
    public SetAsideSummary Summary { get; private set; } = SetAsideSummary.Empty;

    private string GapsPart => $"{subscription.Name}/gaps";
    private string DeadPart => $"{subscription.Name}/dead";
    private string RestoredPart => $"{subscription.Name}/restored";
    private string QuarantinePart => $"{subscription.Name}/quarantined";

    /// <summary>Takes note of what a lane's transaction has left.</summary>
    public void Follow(InboxOutcome outcome)
    {
        foreach (var (key, partition) in outcome.Resumable)
            _due.Writer.TryWrite((key, partition, TimeSpan.Zero));
        foreach (var due in outcome.Due)
            _due.Writer.TryWrite(due);
        foreach (var (key, missing, came) in outcome.Gaps)
        {
            MessagingTelemetry.Gaps.Add(1, MessagingTelemetry.Tags("process", key.Topic, subscription.Name));
            Gap(subscription.Name, key.Topic, key.Source, key.Stream, missing, came);
        }
        foreach (var (key, sequence, messageId) in outcome.OtherMessages)
        {
            troubles.Report($"{subscription.Name}/other-message", $"{key.Stream} of {key.Source} has message {messageId} at sequence {sequence}, where another one was taken in");
            OtherMessage(subscription.Name, key.Topic, key.Source, key.Stream, sequence, messageId);
        }
        foreach (var raw in outcome.Quarantined)
        {
            var partition = raw.Claim.Partition;
            MessagingTelemetry.Quarantined.Add(1, MessagingTelemetry.Tags("process", partition.Topic, subscription.Name));
            Quarantined(subscription.Name, partition.Topic, partition.Partition.Value, raw.Offset, raw.Unreadable);
        }
        foreach (var (message, failure) in outcome.Failures)
            Failed(subscription.Name, message.Message.MessageId, message.Message.Type, message.Attempts, failure);
    }

    /// <summary>Tries again what is due, in time.</summary>
    public async Task Retry(CancellationToken ct)
    {
        PriorityQueue<(MarkKey Key, int Partition), long> waiting = new();
        while (true)
        {
            while (_due.Reader.TryRead(out var due))
                waiting.Enqueue((due.Key, due.Partition), clock.GetTimestamp() + (long)(due.In.TotalSeconds * clock.TimestampFrequency));
            while (waiting.TryPeek(out var next, out var at) && at <= clock.GetTimestamp())
            {
                waiting.Dequeue();
                Resume(next.Key, next.Partition);
            }
            var comes = _due.Reader.WaitToReadAsync(ct).AsTask();
            if (waiting.TryPeek(out _, out var soonest))
                await Task.WhenAny(comes, Task.Delay(clock.GetElapsedTime(clock.GetTimestamp(), Math.Max(soonest, clock.GetTimestamp())) + TimeSpan.FromMilliseconds(1), clock, ct));
            else
                await comes;
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Asks the database what is open: after a restart, a rebalance, or an operator's word.</summary>
    public async Task Look(CancellationToken ct)
    {
        long? cleaned = null; // at once: a process that never gets to be an hour old forgets as well
        while (true)
        {
            try
            {
                Summary = await table.Summarize(ct);
                session.Flow.IsPaused = Summary.IsPaused;
                session.LookAhead();
                Show();
                session.Compare(await table.Epochs(ct));
                if (!Summary.IsPaused && Summary.Failing + Summary.Waiting > 0)
                    await GoOn(ct);
                if ((cleaned is not { } at || clock.GetElapsedTime(at) > CleansEvery) && await table.Forget(RemembersFor, ct) == 0)
                    cleaned = clock.GetTimestamp();
            }
            catch (Exception outage) when (outage is KafkaException || PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
            {
                CannotLook(subscription.Name, outage.Message); // the lanes show that the database is away
            }
            await Task.Delay(LookEvery, clock, ct);
        }
    }

    private async Task GoOn(CancellationToken ct)
    {
        foreach (var (key, partition) in await table.Due(ct))
            Resume(key, partition);

        var waiting = await table.Waiting(ct);
        foreach (var gone in _fetches.Keys.Except(waiting.Select(w => w.Key)).ToArray())
            _fetches.Remove(gone);
        foreach (var stream in waiting)
        {
            if (stream.First == stream.Accepted + 1)
                Resume(stream.Key, stream.Partition);
            else if (stream.For > FetchesAfter)
                await Fetch(stream, ct);
        }
    }

    private async Task Fetch(WaitingStream stream, CancellationToken ct)
    {
        var (next, tries) = _fetches.GetValueOrDefault(stream.Key);
        if (clock.GetUtcNow() < next || session.ClaimOf(stream.Key.Topic, stream.Partition) is not { } claim)
            return;
        _fetches[stream.Key] = (clock.GetUtcNow() + FetchesAfter * (1 << Math.Min(tries, 4)), tries + 1);
        if (!subscription.Senders.Contains((stream.Key.Topic, stream.Key.Source)))
            return; // nobody we know publishes under this name there
        try
        {
            for (long? after = stream.Accepted; after is not null;)
            {
                var page = await backfill.OfStream(stream.Key.Source, stream.Key.Topic, stream.Key.Stream, after.Value, ct);
                var messages = new BackfilledPage(page.Messages.Count);
                foreach (var message in page.Messages)
                    session.Give(message.Stream, Incoming.Backfilled(claim, message, messages));
                Fetched(subscription.Name, page.Messages.Count, stream.Key.Topic, stream.Key.Source, stream.Key.Stream);
                after = page.Next;
                if (after is null && stream.HasFormer && (page.Messages.Count == 0 || await messages.All.WaitAsync(LookEvery, clock, ct).ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default)))
                    await table.SettleFormer(stream.Key, ct);
            }
        }
        catch (DependencyUnavailableException down)
        {
            troubles.Report(GapsPart, down.Message);
            CannotFetch(subscription.Name, stream.Key.Stream, stream.Key.Source, down.Message);
        }
    }

    private void Resume(MarkKey key, int partition)
    {
        if (!session.Flow.IsPaused && session.ClaimOf(key.Topic, partition) is { } claim)
            session.Give(key.Stream, new KeyDue(claim, key));
    }

    private void Show()
    {
        Say(GapsPart, Summary.Waiting > Summary.OfRestored ? $"{Summary.Waiting - Summary.OfRestored} messages wait for one that is missing in their stream" : null);
        Say(DeadPart, Summary.Dead > 0 ? $"{Summary.Dead} dead letters and {Summary.Parked} messages parked behind failures wait for an operator to redrive or skip them" : null);
        Say(QuarantinePart, Summary.Quarantined > 0 ? $"{Summary.Quarantined} messages could not be attributed to a stream and are kept raw until an operator has looked at them" : null);
        Say(RestoredPart, Summary.OfRestored > 0 ? $"{string.Join(", ", Summary.RestoredSources)} was restored: {Summary.OfRestored} messages wait until an operator accepts it" : null);
    }

    private void Say(string part, string? trouble)
    {
        if (trouble is null)
            troubles.Clear(part);
        else
            troubles.Report(part, trouble);
    }

    [LoggerMessage(LogLevel.Error, "Subscription {Subscription}: {Stream} of {Source} on {Topic} misses {Missing}, {Came} came and waits for it")]
    private partial void Gap(string subscription, string topic, string source, string stream, long missing, long came);

    [LoggerMessage(LogLevel.Error, "Subscription {Subscription}: {Stream} of {Source} on {Topic} has message {MessageId} at sequence {Sequence}, where another one was taken in; it does nothing")]
    private partial void OtherMessage(string subscription, string topic, string source, string stream, long sequence, Guid messageId);

    [LoggerMessage(LogLevel.Error, "Subscription {Subscription}: {Topic} [{Partition}] @{Offset} cannot be attributed to a stream and is kept raw: {Reason}")]
    private partial void Quarantined(string subscription, string topic, int partition, long? offset, string reason);

    [LoggerMessage(LogLevel.Warning, "Subscription {Subscription}: message {MessageId} ({Type}) failed in attempt {Attempt}; its stream is parked, others go on")]
    private partial void Failed(string subscription, Guid messageId, string type, int attempt, Exception failure);

    [LoggerMessage(LogLevel.Information, "Subscription {Subscription} fetched {Messages} messages of {Stream} on {Topic} from {Source}")]
    private partial void Fetched(string subscription, int messages, string topic, string source, string stream);

    [LoggerMessage(LogLevel.Warning, "Subscription {Subscription} cannot fetch what is missing of {Stream} from {Source} yet: {Reason}")]
    private partial void CannotFetch(string subscription, string stream, string source, string reason);

    [LoggerMessage(LogLevel.Debug, "Subscription {Subscription} cannot look after what is set aside: {Reason}")]
    private partial void CannotLook(string subscription, string reason);
}
