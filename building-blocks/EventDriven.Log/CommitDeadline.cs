namespace EventDriven.Log;

/// <summary>
/// An event's recorded time is taken when it is appended, and the event is seen when its transaction commits. What was recorded by a time
/// may be asked about and must not grow later: so a transaction that does not commit soon after its first append does not commit at all.
/// Between this check and the commit the database itself ends a transaction that stands still for 5 s; together that is less than 10.
/// </summary>
internal sealed class CommitDeadline(TimeProvider clock)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(4);

    private long? _firstAppend;

    /// <summary>An append is about to be sent.</summary>
    public void Appending() => _firstAppend ??= clock.GetTimestamp();

    /// <exception cref="CommitTooLateException">It is too late to commit what was appended.</exception>
    public void Check()
    {
        if (_firstAppend is { } since && clock.GetElapsedTime(since) is var took && took > Within)
            throw new CommitTooLateException(took);
    }
}

/// <summary>A transaction took too long between its first append and its commit. Nothing of it was committed; run again, it may be faster.</summary>
public sealed class CommitTooLateException(TimeSpan took) : Exception(
    $"The transaction took {took.TotalSeconds:0.0} s since its first append, so its events would come to be known too long after the time that they were recorded at.");
