using EventDriven.TortureTests.Histories;
using EventDriven.TortureWorker;

namespace EventDriven.TortureTests.Checks;

/// <summary>What was published against what the subscriptions made of it.</summary>
internal static class EffectChecks
{
    // Set aside for good reasons; a message that is still tried or waits at rest is not accounted for.
    private static readonly string[] settled = ["parked", "dead"];

    public static IEnumerable<string> HandledOnce(History history) =>
        from effect in history.Effects
        group effect by (effect.Subscription, effect.Stream, effect.MessageId) into same
        where same.Count() > 1
        select $"{same.Key.MessageId} of {same.Key.Stream} was handled {same.Count()} times by {same.Key.Subscription}: {string.Join(", ", same.Select(e => e.Worker))}";

    public static IEnumerable<string> NothingIsLost(History history)
    {
        foreach (var subscription in history.Sums.Select(s => s.Subscription))
        {
            var handled = history.Effects.Where(e => e.Subscription == subscription).Select(e => e.MessageId).ToHashSet();
            var aside = history.Aside.Where(a => a.Subscription == subscription).ToDictionary(a => a.MessageId, a => a.State);
            var dead = history.Log.Where(e => aside.GetValueOrDefault(e.MessageId) == "dead").ToLookup(e => e.Stream, e => e.Sequence);
            foreach (var e in history.Log.Where(e => e.IsHandled || aside.ContainsKey(e.MessageId)))
            {
                var state = aside.GetValueOrDefault(e.MessageId);
                var isHandled = handled.Contains(e.MessageId);
                if (state is null ? !isHandled : isHandled)
                    yield return $"{e.MessageId} of {e.Stream} #{e.Sequence} is {(isHandled ? "handled and" : "not handled by")} {subscription} {state}";
                else if (state is not null && !settled.Contains(state))
                    yield return $"{e.MessageId} of {e.Stream} #{e.Sequence} is {state} at {subscription} although everything is at rest";
                else if (state == "dead" && !(e.IsPoisonForEver && subscription == Contract.Poisoned))
                    yield return $"{e.MessageId} of {e.Stream} #{e.Sequence} is dead at {subscription} and could be handled";
                else if (state == "parked" && !dead[e.Stream].Any(sequence => sequence < e.Sequence))
                    yield return $"{e.MessageId} of {e.Stream} #{e.Sequence} is parked at {subscription} behind nothing";
            }
        }
    }

    public static IEnumerable<string> OrderPerKey(History history)
    {
        var sequences = history.Log.Where(e => e.IsPublished).ToDictionary(e => e.MessageId, e => e.Sequence!.Value);
        foreach (var key in history.Effects.Where(e => sequences.ContainsKey(e.MessageId)).GroupBy(e => (e.Subscription, e.Stream)))
        {
            var last = 0L;
            foreach (var first in key.OrderBy(e => e.Number).DistinctBy(e => e.MessageId))
            {
                if (sequences[first.MessageId] < last)
                    yield return $"{key.Key.Stream} #{sequences[first.MessageId]} was handled by {key.Key.Subscription} after #{last}";
                last = sequences[first.MessageId];
            }
        }
    }

    public static IEnumerable<string> SumsAgree(History history)
    {
        var published = history.Log.LongCount(e => e.IsPublished);
        foreach (var sums in history.Sums)
        {
            if (sums.Total != published)
                yield return $"{published} were published and {sums.Subscription} accounts for {sums.Total}: {sums}";
            var effects = history.Effects.LongCount(e => e.Subscription == sums.Subscription);
            if (sums.Handled != effects)
                yield return $"{sums.Subscription} says that it has handled {sums.Handled} and has {effects} effects";
        }
    }
}
