using EventDriven.Log;

namespace EventDriven.EventSourcing.Projections;

/// <summary>One event of the log as projections see it. All of it is as it was recorded, so the same log always gives the same read model.</summary>
public sealed class ProjectedEvent
{
    private readonly MessageTypes? _types;
    private readonly byte[]? _data;
    private object? _event;

    internal ProjectedEvent(MessageTypes types, byte[] data) => (_types, _data) = (types, data);

    /// <summary>An event that is in no log, for tests of a projection's rules.</summary>
    /// <param name="happened">The event.</param>
    public ProjectedEvent(object happened) => _event = happened;

    /// <summary>Its place in the whole log, from 1 without holes.</summary>
    public required long Position { get; init; }

    /// <summary>Its stream.</summary>
    public required string Stream { get; init; }

    /// <summary>Its place in the stream, from 0.</summary>
    public required long Version { get; init; }

    /// <summary>The stable name it is stored under: of the version that was written, which may be an older one.</summary>
    public required string Type { get; init; }

    /// <summary>Its id.</summary>
    public Guid MessageId { get; init; }

    /// <summary>The journey it belongs to.</summary>
    public Guid CorrelationId { get; init; }

    /// <summary>The message that led to it; null at a journey's start.</summary>
    public Guid? CausationId { get; init; }

    /// <summary>The database's clock at the append; never falls within a stream.</summary>
    public DateTimeOffset RecordedAt { get; init; }

    /// <summary>When it took effect.</summary>
    public DateTimeOffset EffectiveAt { get; init; }

    /// <summary>The event in its newest version. It is read when it is first asked for: what a projection passes over costs it nothing.</summary>
    /// <exception cref="UnreadableMessageException">Its bytes are not what its type says, or the service declares no such type.</exception>
    public object Event => _event ??= _types!.TryGet(Type, out var type)
        ? type.Read(Type, _data)
        : throw new UnreadableMessageException(Type, "this service declares no such message type");

    internal int Size => _data?.Length ?? 0;
}
