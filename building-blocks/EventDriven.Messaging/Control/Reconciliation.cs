using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Subscriptions.Healing;

namespace EventDriven.Messaging.Control;

/// <summary>
/// Compares what a subscription says became of its messages with what their senders say they have published: nothing may be missing
/// in the sum. What is on its way between the two counts as waiting, so that at rest the sums are exact.
/// </summary>
internal sealed class Reconciliation(ControlQueries queries, BackfillClient backfill)
{
    /// <summary>One line per topic and source.</summary>
    /// <exception cref="DependencyUnavailableException">A sender does not tell.</exception>
    public async Task<IReadOnlyList<Reconciled>> Of(Subscription subscription, CancellationToken ct)
    {
        List<Reconciled> lines = [];
        foreach (var (topic, source) in subscription.Senders)
        {
            var published = await backfill.Published(source, topic, ct); // first: what is taken in meanwhile is then at most too much, never too little
            var sums = (await queries.Sums(subscription.Name, ct)).SingleOrDefault(s => s.Topic == topic && s.Source == source) ?? MessageSums.None(topic, source);
            lines.Add(new(topic, source, published.Position, published.Messages, sums.Handled, sums.WithoutHandler, sums.Parked + sums.Failing, sums.Dead, sums.Refused,
                sums.Skipped, sums.Quarantined, sums.Waiting, subscription.StartsFromNow ? null : published.Messages - sums.Total));
        }
        return lines;
    }
}

/// <summary>What became of one source's messages on one topic.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Source">The sender.</param>
/// <param name="Cut">The position in the sender's log up to which it was counted.</param>
/// <param name="Published">What the sender has published up to there.</param>
/// <param name="Handled">Handled.</param>
/// <param name="WithoutHandler">Of a type that has no handler here.</param>
/// <param name="Parked">Tried again, or behind one that is tried again or dead.</param>
/// <param name="Dead">Without attempts left.</param>
/// <param name="Refused">A rule said no.</param>
/// <param name="Skipped">Given up by an operator.</param>
/// <param name="Quarantined">Kept raw, says that it is of this source, and has come no other way.</param>
/// <param name="Waiting">Here, but waiting for a missing one.</param>
/// <param name="OnTheWay">Published and not here yet; 0 at rest. Null for a subscription that started from now, which cannot know.</param>
internal sealed record Reconciled(
    string Topic, string Source, long Cut, long Published, long Handled, long WithoutHandler, long Parked, long Dead, long Refused, long Skipped,
    long Quarantined, long Waiting, long? OnTheWay)
{
    /// <summary>Nothing is on its way and nothing is missing.</summary>
    public bool Agrees => OnTheWay == 0;
}

/// <summary>Where one source's messages on one topic are, from the marks and what is set aside.</summary>
internal sealed record MessageSums(
    string Topic, string Source, long Accepted, long WithoutHandler, long Waiting, long Failing, long Parked, long Dead, long Refused, long SkippedRows, long SkippedMissing,
    long Quarantined)
{
    public long Handled => Accepted - WithoutHandler - Failing - Parked - Dead - Refused - Skipped;

    public long Skipped => SkippedRows + SkippedMissing;

    public long Total => Accepted + Waiting + Quarantined;

    public static MessageSums None(string topic, string source) => new(topic, source, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
