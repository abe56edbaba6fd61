namespace EventDriven.Log;

/// <summary>The optimistic lock of an append: what the writer believes the stream's version to be. The first event has version 0.</summary>
public readonly record struct ExpectedVersion
{
    private ExpectedVersion(long value) => Value = value;

    /// <summary>The stream must have no event yet.</summary>
    public static ExpectedVersion NoStream { get; } = new(-1);

    /// <summary>The writer does not care: its events are facts that no earlier event can refuse.</summary>
    public static ExpectedVersion Any { get; } = new(-2);

    /// <summary>The stream's last event must have this version.</summary>
    public static ExpectedVersion Exactly(long version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        return new(version);
    }

    internal long Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value switch { -1 => "no stream", -2 => "any", _ => $"version {Value}" };
}

/// <summary>Somebody else appended first. Reload, decide again; nothing was appended.</summary>
public sealed class WrongExpectedVersionException(string stream, ExpectedVersion expected, long actual)
    : Exception($"Stream {stream} was expected at {expected} but is at {(actual < 0 ? "no event" : $"version {actual}")}.")
{
    /// <summary>The stream that moved on.</summary>
    public string Stream { get; } = stream;

    /// <summary>Its version now; -1 when it has no event.</summary>
    public long ActualVersion { get; } = actual;
}
