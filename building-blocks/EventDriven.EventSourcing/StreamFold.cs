using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing;

/// <summary>Reads a stream and folds it on the way, so that memory does not grow with its length.</summary>
internal sealed class StreamFold<TCommand, TState>(Decider<TCommand, TState> decider, MessageTypes types, SnapshotPolicy? snapshots)
    where TCommand : notnull where TState : notnull
{
    private const string Events = "select version, type, data from log.events where stream = $1 and version > ";

    // One statement, so that both are of one moment: between two, a newer snapshot could hide events that the older one lacks.
    private const string SnapshotAndEvents = """
        with kept as materialized (select version, state from sourcing.snapshots where stream = $1 and reducer = $2)
        select version, null as type, state as data from kept
        union all
        select version, type, data from log.events where stream = $1 and version > coalesce((select version from kept), -1)
        order by version
        """;

    private const string AsOfTime = """
        -1 and ($2::timestamptz is null or recorded_at <= $2)
        and ($3::timestamptz is null or effective_at <= $3 or $4 and version = 0 and exists (
            select from log.events e where e.stream = $1 and ($2::timestamptz is null or e.recorded_at <= $2) and e.effective_at <= $3))
        order by version
        """;

    /// <summary>The snapshot, and the events after it; for a state as of a time, all events.</summary>
    public Sql Statement(StreamName stream, AsOf asOf, bool useSnapshot)
    {
        var name = stream.ToString();
        if (asOf.RecordedBy is not null || asOf.EffectiveBy is not null)
            return new(Events + AsOfTime, name, asOf.RecordedBy?.ToUniversalTime(), asOf.EffectiveBy?.ToUniversalTime(), asOf.WithFirst);
        if (asOf.ToVersion is { } last)
            return new(Events + "-1 and version <= $2 order by version", name, last);
        return useSnapshot && snapshots is not null ? new(SnapshotAndEvents, name, snapshots.Reducer) : new(Events + "-1 order by version", name);
    }

    /// <summary>Folds what <see cref="Statement"/> gives; null when there is a snapshot that cannot be read.</summary>
    public async Task<Folded<TState>?> Read(StreamName stream, NpgsqlDataReader row, CancellationToken ct)
    {
        var (version, folded, count) = (-1L, decider.Initial, 0);
        while (await row.ReadAsync(ct))
        {
            version = row.GetInt64(0);
            var data = row.GetFieldValue<byte[]>(2);
            if (row.IsDBNull(1)) // the snapshot, which comes first
            {
                if (SnapshotPolicy.State<TState>(data) is not { } state)
                    return null;
                folded = state;
                continue;
            }
            folded = decider.Evolve(folded, ReadEvent(row.GetString(1), data));
            count++;
        }
        return new(new(stream, version, folded), count);
    }

    public object ReadEvent(string name, byte[] data) => types.TryGet(name, out var type)
        ? type.Read(name, data)
        : throw new UnreadableMessageException(name, "this service declares no such message type");
}

/// <summary>A state, and how many events had to be read for it.</summary>
internal readonly record struct Folded<TState>(Loaded<TState> Loaded, int Count);
