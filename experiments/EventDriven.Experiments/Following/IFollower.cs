using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Following;

/// <summary>Whoever watches experiments while they run.</summary>
internal interface IFollower
{
    /// <summary>An experiment begins.</summary>
    void Begins(IExperiment experiment);

    /// <summary>How far it is.</summary>
    void Says(string progress);

    /// <summary>A value of a series was measured just now.</summary>
    void Sees(string series, double value);

    /// <summary>It came to its end, and this was found.</summary>
    void Ends(Result result);

    /// <summary>It did not come to its end.</summary>
    void Crashed(IExperiment experiment, Exception failure);
}
