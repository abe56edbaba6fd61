using EventDriven.TortureTests.Machines;
using EventDriven.TortureWorker;
using EventDriven.TortureWorker.Writing;

namespace EventDriven.TortureTests.Histories;

/// <summary>Gathers a run's history once everything is at rest.</summary>
internal static class Collector
{
    public static async Task<History> Collect(Fleet fleet, IReadOnlyList<long> seenPositions) => new()
    {
        Attempts = Attempts(fleet),
        Log = await Query.Rows(fleet.WriterDatabase, """
            select e.message_id, e.stream, e.version, e.topic is not null, e.type = $1, convert_from(e.data, 'UTF8')::jsonb -> 'poison' = '-1'::jsonb,
                   e.sequence, p.position, encode(e.previous_hash, 'hex'), encode(e.hash, 'hex'), encode(log.hash_of(e), 'hex')
            from log.events e left join log.positions p on p.event_id = e.id order by e.id
            """, row => new LogRow(
                row.GetGuid(0), row.GetString(1), row.GetInt64(2), row.GetBoolean(3), row.GetBoolean(4), !row.IsDBNull(5) && row.GetBoolean(5),
                row.IsDBNull(6) ? null : row.GetInt64(6), row.IsDBNull(7) ? null : row.GetInt64(7), row.GetString(8), row.GetString(9), row.GetString(10)),
            Contract.CountedName(fleet.Source)),
        State = await Query.Rows(fleet.WriterDatabase, "select message_id from public.written", row => row.GetGuid(0)),
        SeenPositions = seenPositions,
        Topic = TopicReader.Read(fleet.Rig.Kafka.Address, Contract.Topic(fleet.Source)),
        Effects = await Query.Rows(fleet.ConsumerDatabase, "select subscription, stream, number, message_id, worker from public.effects order by number, id",
            row => new EffectRow(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetGuid(3), row.GetString(4))),
        Aside = await Query.HasParking(fleet.ConsumerDatabase)
            ? await Query.Rows(fleet.ConsumerDatabase, "select subscription, message_id, state from inbox.parked",
                row => new AsideRow(NameOf(row.GetString(0)), row.GetGuid(1), row.GetString(2)))
            : [],
        Sums = await Sums(fleet),
    };

    /// <summary>The names that effects carry, of those subscriptions that this run has.</summary>
    public static IReadOnlyList<string> Subscriptions(Fleet fleet) =>
        fleet.Options.Double is DoubleNames.NoInbox or DoubleNames.NoFence ? [Contract.Steady] : [Contract.Steady, Contract.Poisoned];

    private static List<Attempted> Attempts(Fleet fleet) =>
        [.. Directory.GetFiles(fleet.Files, "*.history").SelectMany(HistoryFile.Read).GroupBy(a => a.MessageId).Select(a => a.Last())];

    private static async Task<IReadOnlyList<SubscriptionSums>> Sums(Fleet fleet)
    {
        List<SubscriptionSums> sums = [];
        var sql = await Query.HasParking(fleet.ConsumerDatabase)
            ? """
              select m.accepted - m.without_handler - m.skipped - p.failing - p.parked - p.dead - p.refused - p.skipped, m.without_handler,
                     p.parked + p.failing, p.dead, p.refused, p.skipped + m.skipped, q.quarantined, p.waiting
              from (select coalesce(sum(accepted), 0) as accepted, coalesce(sum(without_handler), 0) as without_handler, coalesce(sum(skipped), 0) as skipped
                    from inbox.marks where subscription = $1) m,
                   (select count(*) filter (where state = 'failing') as failing, count(*) filter (where state = 'parked') as parked,
                           count(*) filter (where state = 'dead') as dead, count(*) filter (where state = 'refused') as refused,
                           count(*) filter (where state = 'skipped') as skipped, count(*) filter (where state = 'waiting') as waiting
                    from inbox.parked where subscription = $1) p,
                   (select count(*) as quarantined from inbox.quarantined where subscription = $1) q
              """
            : """
              select coalesce(sum(handled), 0), coalesce(sum(without_handler), 0), 0, 0, 0, 0,
                     (select count(*) from inbox.quarantined where subscription = $1), 0
              from inbox.batches where subscription = $1
              """;
        foreach (var subscription in Subscriptions(fleet))
        {
            sums.AddRange(await Query.Rows(fleet.ConsumerDatabase, sql, row =>
            {
                var n = Enumerable.Range(0, 8).Select(i => Convert.ToInt64(row.GetValue(i), System.Globalization.CultureInfo.InvariantCulture)).ToArray();
                return new SubscriptionSums(subscription, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]);
            }, Contract.Group(subscription, fleet.Service)));
        }
        return sums;
    }

    private static string NameOf(string group) => group[(group.IndexOf('-', StringComparison.Ordinal) + 1)..];
}
