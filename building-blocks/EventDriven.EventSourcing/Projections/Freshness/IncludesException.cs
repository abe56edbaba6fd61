namespace EventDriven.EventSourcing.Projections.Freshness;

/// <summary>An answer should include a write that is not named as it should be, or that this service has not made. Answers 400 or 404.</summary>
public sealed class IncludesException(string message, bool isUnknown) : Exception(message)
{
    /// <summary>The log holds no such event.</summary>
    public bool IsUnknown { get; } = isUnknown;
}

/// <summary>A read model did not include a write in time. Answers 503.</summary>
public sealed class ReadModelBehindException(string projection, bool stands) : Exception(stands
    ? $"The read model {projection} stands still before what was asked for; an operator has to look at it."
    : $"The read model {projection} does not include what was asked for yet. Try again shortly, or ask without includes.")
{
    /// <summary>Whether waiting longer is no use before an operator has acted.</summary>
    public bool Stands { get; } = stands;
}
