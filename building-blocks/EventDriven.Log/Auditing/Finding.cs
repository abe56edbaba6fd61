namespace EventDriven.Log.Auditing;

/// <summary>Something in the log that is not as it was written.</summary>
/// <param name="Kind">What kind of thing is wrong: one of <see cref="FindingKind"/>.</param>
/// <param name="Stream">The stream, where it is known.</param>
/// <param name="Version">The event in it, where it is one.</param>
/// <param name="Position">The place in the whole log, where no stream is known any more.</param>
/// <param name="What">What is wrong, in words.</param>
public sealed record Finding(string Kind, string? Stream, long? Version, long? Position, string What)
{
    internal static Finding Of(string kind, string stream, long version, string what) => new(kind, stream, version, Position: null, what);

    internal static Finding At(string kind, long position, string what) => new(kind, Stream: null, Version: null, position, what);
}

/// <summary>What can be wrong; the names are stored.</summary>
public static class FindingKind
{
    /// <summary>An event is not what its hash was made of.</summary>
    public const string Changed = "changed";

    /// <summary>An event does not follow the one before it in its stream: one of the two was written anew.</summary>
    public const string Unlinked = "unlinked";

    /// <summary>An event is gone.</summary>
    public const string Missing = "missing";

    /// <summary>A stream's head is not what its newest event is.</summary>
    public const string Head = "head";

    /// <summary>A position is gone.</summary>
    public const string Position = "position";

    /// <summary>The log is not what was anchored.</summary>
    public const string Anchor = "anchor";
}
