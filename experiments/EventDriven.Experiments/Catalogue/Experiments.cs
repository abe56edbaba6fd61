using EventDriven.Experiments.Catalogue.AnHourDown;
using EventDriven.Experiments.Catalogue.AnswerNeededNow;
using EventDriven.Experiments.Catalogue.CommandAndEvent;
using EventDriven.Experiments.Catalogue.Coupling;
using EventDriven.Experiments.Catalogue.DualWrite;
using EventDriven.Experiments.Catalogue.Gaps;
using EventDriven.Experiments.Catalogue.LogIsData;
using EventDriven.Experiments.Catalogue.NewSubscriber;
using EventDriven.Experiments.Catalogue.NoTracing;
using EventDriven.Experiments.Catalogue.OrderAcrossServices;
using EventDriven.Experiments.Catalogue.Poison;
using EventDriven.Experiments.Catalogue.TinyWork;

namespace EventDriven.Experiments.Catalogue;

/// <summary>Every experiment there is, in the order in which they tell a story.</summary>
internal static class Experiments
{
    public static IReadOnlyList<IExperiment> All { get; } =
    [
        new CouplingExperiment(),
        new AnHourDownExperiment(),
        new NewSubscriberExperiment(),
        new CommandAndEventExperiment(),
        new LogIsDataExperiment(),
        new AnswerNeededNowExperiment(),
        new OrderAcrossServicesExperiment(),
        new NoTracingExperiment(),
        new TinyWorkExperiment(),
        new DualWriteExperiment(),
        new GapsExperiment(),
        new PoisonExperiment(),
    ];
}
