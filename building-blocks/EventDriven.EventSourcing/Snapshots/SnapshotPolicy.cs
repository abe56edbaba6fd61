using System.Text.Json;
using EventDriven.Log;

namespace EventDriven.EventSourcing.Snapshots;

/// <summary>
/// When a state is kept so that loading need not fold the whole stream. A snapshot is a cache: one of another version of the reducer,
/// or one that cannot be read, is passed over and written anew.
/// </summary>
/// <param name="Reducer">Names the fold and its version, as in <c>account.v1</c>: give the next one whenever <c>Evolve</c> or the state changes.</param>
/// <param name="Every">How many events a load may have to fold before a new one is written.</param>
public sealed record SnapshotPolicy(string Reducer, int Every = 100)
{
    internal static TState? State<TState>(byte[] json) where TState : notnull
    {
        try
        {
            return JsonSerializer.Deserialize<TState>(json, EventLog.Json);
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException or ArgumentException) // a cache: the events say it again
        {
            return default;
        }
    }

    /// <summary>Only newer ones take the place of one that is there; one that cannot be read is at most as new as the stream, so it is replaced too.</summary>
    internal Sql Write<TState>(Loaded<TState> loaded) where TState : notnull => new("""
        insert into sourcing.snapshots (stream, reducer, version, state) values ($1, $2, $3, $4)
        on conflict (stream, reducer) do update set version = excluded.version, state = excluded.state where snapshots.version <= excluded.version
        """, loaded.Stream.ToString(), Reducer, loaded.Version, JsonSerializer.SerializeToUtf8Bytes(loaded.State, EventLog.Json));
}
