using EventDriven.TortureTests.Histories;

namespace EventDriven.TortureTests.Checks;

/// <summary>Judges a history. Pure: the same history, the same verdict.</summary>
internal static class Checker
{
    private static readonly (Promise Promise, Func<History, IEnumerable<string>> Broken, Func<History, long> Checked)[] checks =
    [
        (Promise.AcknowledgedIsKept, LogChecks.AcknowledgedIsKept, h => h.Attempts.Count(LogChecks.IsAcknowledged)),
        (Promise.UncommittedIsNeverSeen, LogChecks.UncommittedIsNeverSeen, h => h.Attempts.Count(LogChecks.IsNotCommitted)),
        (Promise.PositionsAreGapless, LogChecks.PositionsAreGapless, h => h.Log.Count),
        (Promise.ChainIsValid, LogChecks.ChainIsValid, h => h.Log.Count),
        (Promise.CommittedIsPublished, WireChecks.CommittedIsPublished, h => h.Topic.Count),
        (Promise.HandledOnce, EffectChecks.HandledOnce, h => h.Effects.Count),
        (Promise.NothingIsLost, EffectChecks.NothingIsLost, h => h.Log.LongCount(e => e.IsHandled) * h.Sums.Count),
        (Promise.OrderPerKey, EffectChecks.OrderPerKey, h => h.Effects.Count),
        (Promise.SumsAgree, EffectChecks.SumsAgree, h => h.Sums.Count),
    ];

    public static Verdict Judge(History history) => new(
        [.. checks.SelectMany(check => check.Broken(history).Select(what => new Finding(check.Promise, what)))],
        checks.ToDictionary(check => check.Promise, check => check.Checked(history)));
}
