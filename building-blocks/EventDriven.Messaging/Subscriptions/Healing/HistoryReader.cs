using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging.Control;
using EventDriven.Messaging.Subscriptions.Consuming;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Healing;

/// <summary>
/// Gives the lanes what the topics may have forgotten, from the senders' own logs, up to their heads. The process that has a topic's
/// first partition reads it, page by page, and writes down how far it is after each page is done: it goes on from there after a crash.
/// Of a sender that makes it wait it asks less at a time, so that neither side works in bursts that others would notice.
/// What the topic gives as well does nothing twice, as the marks tell.
/// </summary>
internal sealed partial class HistoryReader(
    string subscription, Session session, BackfillClient backfill, NpgsqlDataSource database, Troubles troubles, TimeProvider clock, ILogger logger)
{
    private const int SmallestPage = 100;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1), SlowPage = TimeSpan.FromMilliseconds(100), FastPage = TimeSpan.FromMilliseconds(50);

    private string Part => $"{subscription}/history";

    public async Task Run(CancellationToken ct)
    {
        while (true)
        {
            foreach (var pending in session.Flow.IsPaused ? [] : await Pending(ct))
            {
                try
                {
                    await ReadToHead(pending, ct);
                    troubles.Clear(Part);
                }
                catch (Exception waits) when (waits is DependencyUnavailableException || PostgresSession.IsOutage(waits))
                {
                    troubles.Report(Part, $"the history of {pending.Topic} is not read yet: {waits.Message}");
                    Waits(subscription, pending.Topic, pending.Source, waits.Message);
                }
            }
            await Task.Delay(LookEvery, clock, ct);
        }
    }

    private async Task ReadToHead(Pending pending, CancellationToken ct)
    {
        var limit = BackfillEndpoint.MostMessages;
        var (after, reading) = (pending.After, Page(pending.After));
        for (var atHead = false; !atHead;)
        {
            if (session.ClaimOf(pending.Topic, 0) is not { Revoked: false } claim)
                return; // whoever has it now goes on
            var page = await reading;
            if (page.Next is { } next)
                reading = Page(next); // while this one is handled
            if (page.Messages.Count > 0)
            {
                var messages = new BackfilledPage(page.Messages.Count);
                foreach (var message in page.Messages)
                    session.Give(message.Stream, Incoming.Backfilled(claim, message, messages));
                while (!claim.Revoked && await Task.WhenAny(messages.All, Task.Delay(LookEvery, clock, ct)) != messages.All)
                    ct.ThrowIfCancellationRequested();
                if (!messages.All.IsCompleted)
                    return;
            }
            (after, atHead) = (page.Next ?? after, page.Next is null);
            await MoveOn(pending, claim, after, atHead, ct);
        }
        IsRead(subscription, pending.Topic, pending.Source);

        async Task<BackfillPage> Page(long from)
        {
            var began = clock.GetTimestamp();
            var page = await backfill.Everything(pending.Source, pending.Topic, from, ct, limit);
            var took = clock.GetElapsedTime(began);
            limit = took > SlowPage ? Math.Max(limit / 2, SmallestPage) : took < FastPage ? Math.Min(limit * 2, BackfillEndpoint.MostMessages) : limit;
            return page;
        }
    }

    private async Task<IReadOnlyList<Pending>> Pending(CancellationToken ct)
    {
        var held = session.Flow.Held;
        await using var connection = await database.OpenConnectionAsync(ct);
        var pending = await new Sql("select topic, source, after from inbox.history where subscription = $1 and not done order by topic, source", subscription)
            .Query(connection, row => new Pending(row.GetString(0), row.GetString(1), row.GetInt64(2)), ct);
        session.Flow.KeepHeld(held, held.Where(topic => pending.Any(p => p.Topic == topic)).ToHashSet());
        return [.. pending.Where(p => session.ClaimOf(p.Topic, 0) is not null)];
    }

    /// <summary>Only for the one who still has the partition.</summary>
    private async Task MoveOn(Pending pending, PartitionClaim claim, long after, bool done, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var move = new Sql("""
            update inbox.history h set after = $4, done = $5
            from inbox.partitions p
            where (h.subscription, h.topic, h.source) = ($1, $2, $3)
              and (p.subscription, p.topic, p.partition, p.epoch) = ($1, $2, 0, $6)
            """, subscription, pending.Topic, pending.Source, after, done, claim.Epoch).ToCommand(connection);
        await move.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(LogLevel.Warning, "Subscription {Subscription} waits for the history of {Topic} from {Source}: {Reason}")]
    private partial void Waits(string subscription, string topic, string source, string reason);

    [LoggerMessage(LogLevel.Information, "Subscription {Subscription} has read the history of {Topic} from {Source}")]
    private partial void IsRead(string subscription, string topic, string source);
}

/// <summary>How far one sender's history of a topic has been read.</summary>
internal sealed record Pending(string Topic, string Source, long After);
