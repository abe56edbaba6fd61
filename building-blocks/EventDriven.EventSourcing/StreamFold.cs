using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing;

/// <summary>Reads a stream and folds it on the way, so that memory does not grow with its length.</summary>
internal sealed class StreamFold<TCommand, TState>(Decider<TCommand, TState> decider, MessageTypes types, SnapshotPolicy? snapshots)
    where TCommand : notnull where TState : notnull
{
    private const string Events = "select version, type, data from log.events where stream = $1 and version > ";

    private const string AsOfTime = """
        -1 and ($2::timestamptz is null or recorded_at <= $2)
        and ($3::timestamptz is null or effective_at <= $3 or $4 and version = 0 and exists (
            select from log.events e where e.stream = $1 and ($2::timestamptz is null or e.recorded_at <= $2) and e.effective_at <= $3))
        order by version
        """;

    /// <summary>The snapshot, and the events after it; for a state as of a time, all events.</summary>
    public IEnumerable<Sql> Statements(StreamName stream, AsOf asOf, bool useSnapshot)
    {
        var name = stream.ToString();
        if (asOf.RecordedBy is not null || asOf.EffectiveBy is not null)
        {
            yield return new(Events + AsOfTime, name, asOf.RecordedBy?.ToUniversalTime(), asOf.EffectiveBy?.ToUniversalTime(), asOf.WithFirst);
        }
        else if (UsesSnapshot(asOf, useSnapshot))
        {
            yield return SnapshotPolicy.Read(name, snapshots!.Reducer);
            yield return new(Events + "coalesce((select version from sourcing.snapshots where stream = $1 and reducer = $2), -1) order by version", name, snapshots.Reducer);
        }
        else
        {
            yield return asOf.ToVersion is { } last
                ? new(Events + "-1 and version <= $2 order by version", name, last)
                : new(Events + "-1 order by version", name);
        }
    }

    /// <summary>Whether the first result is a snapshot. One that may be newer than what is asked for is no use.</summary>
    public bool UsesSnapshot(AsOf asOf, bool useSnapshot) => useSnapshot && snapshots is not null && asOf == AsOf.Now;

    /// <summary>Folds the results of <see cref="Statements"/>; null when there is a snapshot that cannot be read.</summary>
    public async Task<Folded<TState>?> Read(StreamName stream, NpgsqlDataReader row, bool hasSnapshot, CancellationToken ct)
    {
        var loaded = new Loaded<TState>(stream, -1, decider.Initial);
        if (hasSnapshot)
        {
            if (await row.ReadAsync(ct))
            {
                if (SnapshotPolicy.State<TState>(row.GetFieldValue<byte[]>(1)) is not { } state)
                    return null;
                loaded = new(stream, row.GetInt64(0), state);
            }
            await row.NextResultAsync(ct);
        }

        var (version, folded, count) = (loaded.Version, loaded.State, 0);
        while (await row.ReadAsync(ct))
        {
            version = row.GetInt64(0);
            folded = decider.Evolve(folded, ReadEvent(row.GetString(1), row.GetFieldValue<byte[]>(2)));
            count++;
        }
        return new(loaded with { Version = version, State = folded }, count);
    }

    public object ReadEvent(string name, byte[] data) => types.TryGet(name, out var type)
        ? type.Read(name, data)
        : throw new UnreadableMessageException(name, "this service declares no such message type");
}

/// <summary>A state, and how many events had to be read for it.</summary>
internal readonly record struct Folded<TState>(Loaded<TState> Loaded, int Count);
