using EventDriven.Experiments.Catalogue.DualWrite;
using EventDriven.Experiments.Catalogue.Gaps;

namespace EventDriven.Experiments.Catalogue;

/// <summary>Every experiment there is.</summary>
internal static class Experiments
{
    public static IReadOnlyList<IExperiment> All { get; } =
    [
        new DualWriteExperiment(),
        new GapsExperiment(),
    ];
}
