using EventDriven.Log;

namespace EventDriven.EventSourcing;

/// <summary>An entity as its events tell it.</summary>
/// <param name="Stream">Its stream.</param>
/// <param name="Version">The version of the last event that was folded or passed over; -1 when there was none.</param>
/// <param name="State">What they come to.</param>
public sealed record Loaded<TState>(StreamName Stream, long Version, TState State)
{
    /// <summary>Whether there is any event of it.</summary>
    public bool Exists => Version >= 0;

    /// <summary>What the next append expects.</summary>
    public ExpectedVersion Expected => Exists ? ExpectedVersion.Exactly(Version) : ExpectedVersion.NoStream;
}

/// <summary>What a command came to.</summary>
/// <param name="Stream">The entity's stream.</param>
/// <param name="Version">The version of its last event, those of this command included.</param>
/// <param name="State">The state with them.</param>
/// <param name="Events">What happened; empty when there was nothing to do.</param>
public sealed record Decided<TState>(StreamName Stream, long Version, TState State, IReadOnlyList<NewEvent> Events);

/// <summary>A command addresses an entity that has no event.</summary>
public sealed class StreamNotFoundException(StreamName stream) : Exception($"There is no {stream.Category} {stream.Id}.")
{
    /// <summary>The stream that does not exist.</summary>
    public StreamName Stream { get; } = stream;
}
