using EventDriven.EventSourcing.Projections.Builds;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>A page was not taken in, and nothing of it was written.</summary>
internal sealed class PageFailedException(IReadOnlyList<ProjectedEvent> events, Exception cause) : Exception(cause.Message, cause)
{
    public IReadOnlyList<ProjectedEvent> Events { get; } = events;

    /// <summary>How many events stand before the one that cannot be taken in, where that is known.</summary>
    public int? Good { get; init; }
}

/// <summary>A build stands before an event that it cannot take in.</summary>
internal sealed class PoisonedException(Failure failure, Exception cause) : Exception(failure.ToString(), cause)
{
    public Failure Failure { get; } = failure;

    public static PoisonedException Of(ProjectedEvent poison, Exception cause, DateTimeOffset at) =>
        new(new(poison.Position, poison.Stream, poison.Version, poison.Type, cause.Message, at), cause);
}
