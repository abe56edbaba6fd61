using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Healing;
using Npgsql;

namespace EventDriven.Messaging.Control;

/// <summary>
/// Has a subscription handle again what it has handled, in one transaction that fences off whoever works now: its next session begins where
/// this says. Each answers why it cannot, or null when it did.
/// </summary>
internal sealed class Replays(Operations operations, ReplayStarts starts)
{
    /// <summary>Empties what the subscription's handlers wrote and begins anew.</summary>
    public Task<string?> FromBeginning(Subscription subscription, string who, CancellationToken ct) => subscription.Reset is not { } reset
        ? Refused($"Subscription {subscription.Name} declares no reset: what its handlers did cannot be taken back.")
        : Replay(subscription, who, new { }, async transaction =>
        {
            foreach (var statement in reset)
                await Operations.Execute(transaction, statement, ct);
            await Operations.Execute(transaction, new("update inbox.partitions set epoch = epoch + 1, next_offset = coalesce(began_at, $2::bigint) where subscription = $1",
                subscription.Name, subscription.StartsFromNow ? 0L : null), ct);
            await Operations.Execute(transaction, new("""
                update inbox.marks set replay_until = greatest(replay_until, accepted), accepted = started_at, message_id = $2, blocked = false, waiting = false,
                    without_handler = 0, skipped = 0, counted_until = 0, rewound_to = null, revision = revision + 1
                where subscription = $1
                """, subscription.Name, Guid.Empty), ct);
            await Operations.Execute(transaction, new("delete from inbox.parked where subscription = $1", subscription.Name), ct);
            await Operations.Execute(transaction, new("delete from inbox.forgotten where subscription = $1", subscription.Name), ct);
            await Operations.Execute(transaction, new("update inbox.history set done = false, after = 0 where subscription = $1", subscription.Name), ct);
            return null;
        }, ct);

    /// <summary>Handles again what was published from a point in time on, over what the handlers wrote.</summary>
    /// <exception cref="DependencyUnavailableException">The broker does not say where that is.</exception>
    public async Task<string?> From(Subscription subscription, DateTimeOffset from, string who, CancellationToken ct)
    {
        if (!subscription.IsRepeatable)
            return $"The handlers of subscription {subscription.Name} are not declared repeatable: from a later point than the beginning they would do twice what they did.";
        var begins = await starts.Of(subscription.Name, from, ct);
        string[] again = [.. begins.Where(b => b.HasForgotten).Select(b => b.Partition.Topic).Distinct()];
        return await Replay(subscription, who, new { from }, async transaction =>
        {
            if ((await Operations.Query(transaction, new("""
                select exists (select from inbox.forgotten where subscription = $1) and $2 < clock_timestamp() - $3::interval
                """, subscription.Name, from, Caretaker.RemembersFor), row => row.GetBoolean(0), ct)).Single())
                return $"The ids of messages without order are kept for {Caretaker.RemembersFor.Days} days: from before that, only a replay from the beginning counts them once.";
            await Operations.Execute(transaction, new("""
                update inbox.partitions p set epoch = epoch + 1, next_offset = b.next
                from unnest($2, $3, $4) b (topic, partition, next) where (p.subscription, p.topic, p.partition) = ($1, b.topic, b.partition)
                """, subscription.Name, begins.Select(b => b.Partition.Topic).ToArray(), begins.Select(b => b.Partition.Partition.Value).ToArray(),
                begins.Select(b => b.Offset).ToArray()), ct);
            await Operations.Execute(transaction, new("""
                update inbox.marks set replay_until = greatest(replay_until, accepted), counted_until = greatest(counted_until, accepted), rewound_to = $2,
                    revision = revision + 1
                where subscription = $1
                """, subscription.Name, from), ct);
            await Operations.Execute(transaction, new("delete from inbox.parked where subscription = $1 and recorded_at >= $2", subscription.Name, from), ct);
            await Operations.Execute(transaction, new("update inbox.history set done = false, after = 0 where subscription = $1 and topic = any ($2)", subscription.Name, again), ct);
            return null;
        }, ct);
    }

    private async Task<string?> Replay(Subscription subscription, string who, object details, Func<NpgsqlTransaction, Task<string?>> begin, CancellationToken ct)
    {
        string? refused = null;
        await operations.Audited(subscription.Name, "replay", who, async transaction =>
        {
            await Operations.Query(transaction, new("select 1 from inbox.partitions where subscription = $1 order by topic, partition for update", subscription.Name), row => row.GetInt32(0), ct);
            var open = (await Operations.Query(transaction,
                new($"select count(*) from inbox.parked where subscription = $1 and state in {Operations.OpenStates}", subscription.Name), row => row.GetInt64(0), ct)).Single();
            refused = open > 0
                ? $"{open} messages are set aside: redrive or skip them first, so that nothing is held that never happened."
                : await begin(transaction);
            return refused is null ? details : null;
        }, ct);
        return refused;
    }

    private static Task<string?> Refused(string why) => Task.FromResult<string?>(why);
}
