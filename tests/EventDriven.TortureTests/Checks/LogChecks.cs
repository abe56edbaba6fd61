using EventDriven.TortureTests.Histories;
using EventDriven.TortureWorker.Writing;

namespace EventDriven.TortureTests.Checks;

/// <summary>What writers were told against what the log holds.</summary>
internal static class LogChecks
{
    public static bool IsAcknowledged(Attempted attempted) => attempted.Outcome == Outcome.Acknowledged;

    public static bool IsNotCommitted(Attempted attempted) => attempted.Outcome == Outcome.NotCommitted;

    public static IEnumerable<string> AcknowledgedIsKept(History history)
    {
        var log = history.Log.ToDictionary(e => e.MessageId);
        foreach (var told in history.Attempts.Where(IsAcknowledged))
        {
            if (!log.TryGetValue(told.MessageId, out var kept))
                yield return $"{told.MessageId} of {told.Stream} was acknowledged and is not in the log";
            else if ((kept.Stream, kept.Version, kept.Sequence) != (told.Stream, told.Version, told.Sequence))
                yield return $"{told.MessageId} was acknowledged as {told.Stream} @{told.Version} #{told.Sequence} and is {kept.Stream} @{kept.Version} #{kept.Sequence}";
        }

        var state = history.State.CountBy(id => id).ToDictionary();
        foreach (var kept in history.Log.Where(e => state.GetValueOrDefault(e.MessageId) != 1))
            yield return $"{kept.MessageId} of {kept.Stream} is in the log and {state.GetValueOrDefault(kept.MessageId)} times in the state of its transaction";
    }

    public static IEnumerable<string> UncommittedIsNeverSeen(History history)
    {
        var committed = history.Log.Select(e => e.MessageId).ToHashSet();
        foreach (var taken in history.Attempts.Where(a => IsNotCommitted(a) && committed.Contains(a.MessageId)))
            yield return $"{taken.MessageId} of {taken.Stream} was never committed and is in the log";
        foreach (var stranger in committed.Except(history.Attempts.Select(a => a.MessageId)))
            yield return $"{stranger} is in the log and no writer has appended it";
        foreach (var state in history.State.Where(id => !committed.Contains(id)))
            yield return $"{state} changed the state and is not in the log";
        foreach (var message in history.Topic.Where(m => !committed.Contains(m.MessageId)))
            yield return $"{message.MessageId} of {message.Stream} is on the topic and not in the log";
        foreach (var effect in history.Effects.Where(e => !committed.Contains(e.MessageId)))
            yield return $"{effect.MessageId} of {effect.Stream} was handled by {effect.Subscription} and is not in the log";
    }

    public static IEnumerable<string> PositionsAreGapless(History history)
    {
        foreach (var without in history.Log.Where(e => e.Position is null))
            yield return $"{without.MessageId} of {without.Stream} has no position";
        foreach (var hole in Holes([.. history.Log.Where(e => e.Position is not null).Select(e => e.Position!.Value).Order()]))
            yield return $"positions {hole}";
        foreach (var hole in Holes(history.SeenPositions))
            yield return $"a reader saw positions {hole}";
        foreach (var (later, earlier) in history.Log.Where(e => e.Position is not null).GroupBy(e => e.Stream)
            .SelectMany(s => s.OrderBy(e => e.Version).Zip(s.OrderBy(e => e.Version).Skip(1), (earlier, later) => (later, earlier)))
            .Where(pair => pair.later.Position <= pair.earlier.Position))
            yield return $"{later.Stream} @{later.Version} has position {later.Position}, @{earlier.Version} before it {earlier.Position}";
    }

    public static IEnumerable<string> ChainIsValid(History history)
    {
        foreach (var stream in history.Log.GroupBy(e => e.Stream))
        {
            var (version, hash) = (0L, "");
            foreach (var e in stream.OrderBy(e => e.Version))
            {
                if (e.Version != version)
                    yield return $"{e.Stream} @{version} is missing";
                if (e.PreviousHash != hash || e.Hash != e.Recomputed)
                    yield return $"{e.Stream} @{e.Version} does not verify";
                (version, hash) = (e.Version + 1, e.Hash);
            }
        }
    }

    private static IEnumerable<string> Holes(IReadOnlyList<long> positions)
    {
        for (var i = 0; i < positions.Count; i++)
        {
            var before = i == 0 ? 0 : positions[i - 1];
            if (positions[i] != before + 1)
                yield return $"go from {before} to {positions[i]}";
        }
    }
}
