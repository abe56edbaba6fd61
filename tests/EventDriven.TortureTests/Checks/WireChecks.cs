using EventDriven.TortureTests.Histories;

namespace EventDriven.TortureTests.Checks;

/// <summary>What the log holds against what is on the topic. The same message may come again; its first time counts.</summary>
internal static class WireChecks
{
    public static IEnumerable<string> CommittedIsPublished(History history)
    {
        var streams = history.Topic.GroupBy(m => m.Stream).ToDictionary(s => s.Key, s => s.ToArray());
        foreach (var stream in history.Log.Where(e => e.IsPublished).GroupBy(e => e.Stream))
        {
            var messages = streams.GetValueOrDefault(stream.Key) ?? [];
            if (messages.Select(m => m.Partition).Distinct().Count() > 1)
                yield return $"{stream.Key} is on more than one partition";
            Guid[] first = [.. messages.OrderBy(m => m.Partition).ThenBy(m => m.Offset).Select(m => m.MessageId).Distinct()];
            var committed = stream.OrderBy(e => e.Sequence).ToArray();
            var published = first.ToHashSet();
            foreach (var missing in committed.Where(e => !published.Contains(e.MessageId)))
                yield return $"{missing.MessageId} of {missing.Stream} #{missing.Sequence} is committed and not on the topic";
            foreach (var (i, e) in committed.Index().Where(e => e.Item.Sequence != e.Index + 1))
                yield return $"{e.Stream} has sequence {e.Sequence} in place {i + 1}";

            var sequences = committed.ToDictionary(e => e.MessageId, e => e.Sequence!.Value);
            var last = 0L;
            foreach (var id in first.Where(sequences.ContainsKey))
            {
                if (sequences[id] < last)
                    yield return $"{stream.Key} #{sequences[id]} is on the topic for the first time after #{last}";
                last = sequences[id];
            }
        }
        var known = history.Log.ToDictionary(e => e.MessageId, e => e.Sequence);
        foreach (var wrong in history.Topic.Where(m => known.TryGetValue(m.MessageId, out var sequence) && sequence != m.Sequence))
            yield return $"{wrong.MessageId} of {wrong.Stream} is on the topic as #{wrong.Sequence} and in the log as #{known[wrong.MessageId]}";
    }
}
