using EventDriven.Log;
using EventDriven.Messaging.Wire;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>
/// Takes in a batch of messages: one transaction holds the handlers' effects, the marks and the fence, so that a message has its
/// effect once. A message with an outside effect is a batch of its own, whose handler runs before the transaction begins.
/// </summary>
internal sealed class InboxBatch(
    Subscription subscription, Inbox inbox, EventLog log, NpgsqlDataSource database, IServiceProvider services, TimeProvider clock)
{
    public bool HasOutsideEffect(Incoming incoming) =>
        incoming.Message is { } message && subscription.HandlerOf(message) is { HasOutsideEffect: true };

    /// <summary>Handles all of them or none.</summary>
    public async Task Handle(IReadOnlyList<Incoming> batch, int attempt, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        await using var connection = await database.OpenConnectionAsync(ct);
        var queue = new StatementQueue(connection);
        var outside = batch.Count == 1 && HasOutsideEffect(batch[0]);
        var claims = batch.Select(m => m.Claim).Distinct().ToArray();

        NpgsqlTransaction? transaction = null;
        List<System.Diagnostics.Activity> activities = [];
        try
        {
            if (!outside)
                transaction = await BeginFenced();
            var taken = await TakeIn(batch, connection, queue, activities, ct);
            transaction ??= await BeginFenced();

            foreach (var partition in taken.GroupBy(t => t.Message.Claim))
                queue.Add(inbox.RecordBatch(partition.Key.Partition, [.. partition.Select(t => t.Message.Offset)],
                    partition.Count(t => t.HasHandler), attempt, clock.GetElapsedTime(started)));
            await queue.Flush(ct);
            await transaction.CommitAsync(ct);
            Count(taken, clock.GetElapsedTime(started));
        }
        catch (Exception failure)
        {
            foreach (var activity in activities)
                activity.SetStatus(System.Diagnostics.ActivityStatusCode.Error, failure.GetType().Name);
            throw;
        }
        finally
        {
            activities.ForEach(a => a.Dispose());
            if (transaction is not null)
                await transaction.DisposeAsync();
        }
        if (queue.HasAppends)
            log.Committed();

        async Task<NpgsqlTransaction> BeginFenced()
        {
            var begun = queue.Transaction = await connection.BeginTransactionAsync(ct);
            await inbox.Fence(connection, claims, ct);
            return begun;
        }
    }

    /// <summary>Runs the handlers of what the marks say is next, and queues the marks. Returns what was not a duplicate.</summary>
    private async Task<List<(Incoming Message, bool HasHandler)>> TakeIn(
        IReadOnlyList<Incoming> batch, NpgsqlConnection connection, StatementQueue queue, List<System.Diagnostics.Activity> activities, CancellationToken ct)
    {
        List<(Incoming Incoming, WireMessage Message, MarkKey Key)> readable = [];
        foreach (var incoming in batch)
        {
            if (incoming.Message is { } message)
                readable.Add((incoming, message, MarkKey.Of(incoming.Claim.Partition.Topic, message)));
            else
                queue.Add(inbox.Quarantine(incoming));
        }

        var marks = await inbox.ReadMarks(connection, [.. readable.Select(r => r.Key).Distinct()], ct);
        Dictionary<MarkKey, InboxMark> moved = [];
        List<(Incoming, bool)> taken = [];
        foreach (var (incoming, message, key) in readable)
        {
            var mark = marks.GetValueOrDefault(key);
            var judgement = InboxMark.Judge(mark, message);
            if (judgement is Judgement.Duplicate)
                continue;
            if (judgement is not Judgement.Handle)
                throw OutOfPlaceException.For(judgement, message, mark);

            var handler = subscription.HandlerOf(message);
            if (handler is not null)
                await Run(handler, incoming, message, queue, activities, ct);
            marks[key] = moved[key] = InboxMark.After(message);
            taken.Add((incoming, handler is not null));
        }
        if (moved.Count > 0)
            queue.Add(inbox.WriteMarks(moved));
        return taken;
    }

    private async Task Run(
        Subscription.Handler handler, Incoming incoming, WireMessage message, StatementQueue queue, List<System.Diagnostics.Activity> activities, CancellationToken ct)
    {
        var (topic, partition) = (incoming.Claim.Partition.Topic, incoming.Claim.Partition.Partition.Value);
        var activity = MessagingTelemetry.StartProcess(subscription.Name, topic, partition, incoming.Offset,
            message.MessageId, message.Cause.CorrelationId, message.Type, message.Cause.TraceParent);
        if (activity is not null)
            activities.Add(activity);
        await handler.Run(services, message.Data, new MessageContext(message, log, queue), ct);
    }

    private void Count(List<(Incoming Message, bool HasHandler)> taken, TimeSpan took)
    {
        foreach (var topic in taken.GroupBy(t => t.Message.Claim.Partition.Topic))
        {
            var tags = MessagingTelemetry.Tags("process", topic.Key, subscription.Name);
            MessagingTelemetry.Consumed.Add(topic.Count(), tags);
            foreach (var _ in topic.Where(t => t.HasHandler))
                MessagingTelemetry.ProcessDuration.Record(took.TotalSeconds, tags);
        }
    }
}
