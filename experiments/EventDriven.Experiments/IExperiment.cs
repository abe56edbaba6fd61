using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments;

/// <summary>
/// One claim about event-driven architecture and the way to put it to the test. What is claimed stands here before anything is measured;
/// a claim that does not hold is a result like any other.
/// </summary>
internal interface IExperiment
{
    /// <summary>Its name on the command line, in files and links.</summary>
    string Name { get; }

    /// <summary>One line.</summary>
    string Title { get; }

    /// <summary>What it is about, for a newcomer, in three sentences.</summary>
    string Story { get; }

    /// <summary>What is claimed, and where the line is drawn.</summary>
    IReadOnlyList<Claim> Claims { get; }

    /// <summary>Sets up, does it, measures.</summary>
    Task<Observations> Run(Lab lab, CancellationToken ct);
}
