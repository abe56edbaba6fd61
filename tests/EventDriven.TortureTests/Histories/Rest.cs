using EventDriven.TortureTests.Machines;
using EventDriven.TortureWorker;

namespace EventDriven.TortureTests.Histories;

/// <summary>Whether everything that was committed has come to where it goes.</summary>
internal static class Rest
{
    /// <summary>Whether every consumer has handled something: faults that come before hit nothing.</summary>
    public static async Task<bool> IsLeft(Fleet fleet) =>
        await Query.Number(fleet.ConsumerDatabase, "select count(distinct worker) from public.effects") == fleet.Consumers.Length;

    /// <summary>Whether every committed event has its position.</summary>
    public static async Task<bool> IsSequenced(Fleet fleet) =>
        await Query.Number(fleet.WriterDatabase, "select count(*) from log.events") == await Query.Number(fleet.WriterDatabase, "select max(position) from log.positions");

    /// <summary>How far everything is.</summary>
    public static async Task<string> Tell(Fleet fleet)
    {
        var events = await Query.Number(fleet.WriterDatabase, "select count(*) from log.events where type = $1", Contract.CountedName(fleet.Source));
        var handled = await Query.Rows(fleet.ConsumerDatabase, "select subscription, count(*) from public.effects group by 1 order by 1", row => $"{row.GetString(0)} {row.GetInt64(1):N0}");
        return $"of {events:N0} handled: {string.Join(", ", handled)}";
    }

    /// <summary>Whether everything that was committed was handled or set aside.</summary>
    public static async Task<bool> IsReached(Fleet fleet)
    {
        var hasParking = await Query.HasParking(fleet.ConsumerDatabase);
        var expected = await Query.Number(fleet.WriterDatabase, "select count(*) from log.events where type = $1", Contract.CountedName(fleet.Source));
        var published = await Query.Number(fleet.WriterDatabase, "select count(*) from log.events where topic is not null");
        foreach (var subscription in Collector.Subscriptions(fleet))
        {
            var group = Contract.Group(subscription, fleet.Service);
            var handled = await Query.Number(fleet.ConsumerDatabase, "select count(distinct message_id) from public.effects where subscription = $1", subscription);
            var aside = hasParking ? await Query.Number(fleet.ConsumerDatabase,
                "select count(*) from inbox.parked where subscription = $1 and type = $2 and state in ('parked', 'dead')", group, Contract.CountedName(fleet.Source)) : 0;
            if (handled + aside < expected)
                return false;
            if (hasParking && await Query.Number(fleet.ConsumerDatabase, "select count(*) from inbox.parked where subscription = $1 and state in ('failing', 'waiting')", group) > 0)
                return false;
            // A double keeps no such books.
            if (fleet.Options.Double.Length == 0 && await Query.Number(fleet.ConsumerDatabase, "select sum(accepted) from inbox.marks where subscription = $1", group) < published)
                return false;
        }
        return true;
    }
}
