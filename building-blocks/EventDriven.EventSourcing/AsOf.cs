namespace EventDriven.EventSourcing;

/// <summary>
/// Which of a stream's events to fold: those up to a version, or those that were recorded by one time and took effect by another. Both
/// times together answer "what did we believe on Friday about Thursday". Recorded time never falls within a stream, so what was recorded
/// by a time is always a beginning of it; and an event is committed within 10 s of its recorded time, so an answer for a recorded time
/// older than that never changes.
/// </summary>
public sealed record AsOf
{
    private AsOf(long? version, DateTimeOffset? recordedBy, DateTimeOffset? effectiveBy, bool withFirst = false) =>
        (ToVersion, RecordedBy, EffectiveBy, WithFirst) = (version, recordedBy, effectiveBy, withFirst);

    /// <summary>Everything there is.</summary>
    public static AsOf Now { get; } = new(version: null, recordedBy: null, effectiveBy: null);

    /// <summary>The last version to be folded; null for all.</summary>
    public long? ToVersion { get; }

    /// <summary>Only what was recorded by then.</summary>
    public DateTimeOffset? RecordedBy { get; }

    /// <summary>Only what took effect by then.</summary>
    public DateTimeOffset? EffectiveBy { get; }

    /// <summary>Whether the entity's first event counts as soon as one of the others does.</summary>
    public bool WithFirst { get; }

    /// <summary>Up to and including a version.</summary>
    public static AsOf Version(long version) => new(version, recordedBy: null, effectiveBy: null);

    /// <summary>As it was known at a time, as it was in effect at another, or both.</summary>
    /// <param name="recordedBy">Only what was recorded by then; all when null.</param>
    /// <param name="effectiveBy">Only what took effect by then; all when null.</param>
    /// <param name="withFirst">
    /// Has the entity's first event count as soon as another does, for entities that may be told of what took effect before it: without
    /// the opening of an account, a backdated deposit would be about nothing.
    /// </param>
    public static AsOf Time(DateTimeOffset? recordedBy, DateTimeOffset? effectiveBy, bool withFirst = false) => new(version: null, recordedBy, effectiveBy, withFirst);
}
