using System.Diagnostics;

namespace EventDriven.Log;

/// <summary>Why something is said: the journey it belongs to and the message that led to it. Carried by every event.</summary>
/// <param name="CorrelationId">The whole journey.</param>
/// <param name="CausationId">The message that directly led here; null at a journey's start.</param>
/// <param name="TraceParent">W3C trace context; null where there is no trace.</param>
public sealed record Cause(Guid CorrelationId, Guid? CausationId, string? TraceParent)
{
    private const string Baggage = "correlation-id";

    /// <summary>The start of a journey, in the trace that is running; or its next step, where the caller carries one.</summary>
    public static Cause Begin() => new(
        Guid.TryParse(Activity.Current?.GetBaggageItem(Baggage), out var carried) ? carried : Guid.CreateVersion7(), CausationId: null, Activity.Current?.Id);

    /// <summary>
    /// Has what the services do that are called from here on belong to this journey, too: it travels with the trace, as W3C baggage. It
    /// says what belongs together and nothing else, so it matters little that a client may say it too.
    /// </summary>
    public Cause Carry()
    {
        Activity.Current?.SetBaggage(Baggage, CorrelationId.ToString());
        return this;
    }
}

/// <summary>An event, or a command to another service, about to be appended.</summary>
/// <param name="Data">The record; its type must be among the log's <see cref="MessageTypes"/>.</param>
public sealed record NewEvent(object Data)
{
    /// <summary>Known before the append, so that personal fields can be bound to it.</summary>
    public Guid MessageId { get; init; } = Guid.CreateVersion7();

    /// <summary>The person whose data it holds.</summary>
    public Guid? Subject { get; init; }

    /// <summary>When it took effect in the world; the recorded time when null.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>The client's key, where the request had one.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>What an append did.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Version">The version of its last event.</param>
public readonly record struct AppendResult(string Stream, long Version)
{
    /// <summary><c>stream:version</c>, as a query can ask to include it.</summary>
    public override string ToString() => $"{Stream}:{Version}";
}

/// <summary>One row of the log, as it will be for ever.</summary>
public sealed record RecordedEvent
{
    /// <summary>The log's incarnation that it was written in.</summary>
    public required Guid LogId { get; init; }

    /// <summary>Its stream; the partition key.</summary>
    public required string Stream { get; init; }

    /// <summary>Its place in the stream, from 0.</summary>
    public required long Version { get; init; }

    /// <summary>Its place in the whole log, from 1 without holes; null until it is sequenced.</summary>
    public required long? Position { get; init; }

    /// <summary>When it got its position.</summary>
    public required DateTimeOffset? SequencedAt { get; init; }

    /// <summary>Where it is published; null when it is private.</summary>
    public required string? Topic { get; init; }

    /// <summary>Its place among what this stream published to the topic, from 1 without holes; null where its type has no order.</summary>
    public required long? Sequence { get; init; }

    /// <summary>Its type's stable name.</summary>
    public required string Type { get; init; }

    /// <summary>Its id.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>Why it was said.</summary>
    public required Cause Cause { get; init; }

    /// <summary>The database's clock at the append; never falls within a stream.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>When it took effect.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>The person whose data it holds.</summary>
    public required Guid? Subject { get; init; }

    /// <summary>The exact bytes that were appended: JSON.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }
}

/// <summary>An event was over 512 KiB; nothing was appended.</summary>
public sealed class EventTooLargeException(string type, int size)
    : Exception($"A {type} of {size} bytes is over the limit of {MaxBytes} bytes.")
{
    /// <summary>The limit on an event's data.</summary>
    public const int MaxBytes = 512 * 1024;
}
