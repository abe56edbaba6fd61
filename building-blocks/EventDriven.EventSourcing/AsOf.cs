namespace EventDriven.EventSourcing;

/// <summary>
/// Which of a stream's events to fold: those up to a version, or those that were recorded by one time and took effect by another. Both
/// times together answer "what did we believe on Friday about Thursday". Recorded time never falls within a stream, so what was recorded
/// by a time is always a beginning of it; and an event is committed within 10 s of its recorded time, so an answer for a recorded time
/// older than that never changes. An event may take effect before the entity's first one (a backdated deposit): as of that time the first
/// one counts too, for without it the others are about nothing.
/// </summary>
public sealed record AsOf
{
    private AsOf(long? version, DateTimeOffset? recordedBy, DateTimeOffset? effectiveBy) =>
        (ToVersion, RecordedBy, EffectiveBy) = (version, recordedBy, effectiveBy);

    /// <summary>Everything there is.</summary>
    public static AsOf Now { get; } = new(version: null, recordedBy: null, effectiveBy: null);

    /// <summary>The last version to be folded; null for all.</summary>
    public long? ToVersion { get; }

    /// <summary>Only what was recorded by then.</summary>
    public DateTimeOffset? RecordedBy { get; }

    /// <summary>Only what took effect by then.</summary>
    public DateTimeOffset? EffectiveBy { get; }

    /// <summary>Up to and including a version.</summary>
    public static AsOf Version(long version) => new(version, recordedBy: null, effectiveBy: null);

    /// <summary>As it was known at a time, as it was in effect at another, or both.</summary>
    public static AsOf Time(DateTimeOffset? recordedBy, DateTimeOffset? effectiveBy) => new(version: null, recordedBy, effectiveBy);
}
