using System.Diagnostics;

namespace EventDriven.Log.Coalescing;

/// <summary>
/// What is known of the log without asking: its id and clock as of the last answer, the heads that were written last, and that a stream
/// which should not be there is not. It may be wrong: the database writes only where it is right.
/// </summary>
internal sealed class PresumedHeads
{
    private const int Most = 4_000;
    private static readonly TimeSpan ClockIsTrustedFor = TimeSpan.FromSeconds(1); // two clocks drift apart by less than a round trip in it

    private readonly Remembered<string, StreamHead> _heads = new(Most);
    private (Guid LogId, DateTime Now, long At)? _answer;

    /// <summary>What the appends come to as far as is known; null where something is not known, or one of them would not fit.</summary>
    public AppendPlan? Plan(IReadOnlyList<StreamAppend> appends, Hashing hash)
    {
        if (_answer is not { } answer || Stopwatch.GetElapsedTime(answer.At) is var since && since > ClockIsTrustedFor)
            return null;
        Dictionary<string, StreamHead> heads = new(StringComparer.Ordinal);
        foreach (var append in appends)
        {
            var stream = append.Stream.ToString();
            if (_heads.Of(stream) is { } head)
                heads[stream] = head;
            else if (append.Expected != ExpectedVersion.NoStream)
                return null;
        }
        var plan = AppendPlan.Of(answer.LogId, AppendPlan.InMicroseconds(answer.Now + since), heads.Values, appends, hash);
        return plan.Answers.TrueForAll(a => a.Appended) ? plan : null;
    }

    /// <summary>The database has told the log's id and its clock.</summary>
    public void Learn(Guid logId, DateTime now) => _answer = (logId, now, Stopwatch.GetTimestamp());

    /// <summary>These heads are written.</summary>
    public void Learn(IEnumerable<StreamHead> heads)
    {
        foreach (var head in heads)
            _heads.Set(head.Stream, head);
    }

    /// <summary>Something was not as it was taken for: it is asked next time.</summary>
    public void Forget(IEnumerable<StreamAppend> appends)
    {
        _answer = null;
        foreach (var append in appends)
            Forget(append.Stream);
    }

    /// <summary>The stream has moved on.</summary>
    public void Forget(StreamName stream) => _heads.Forget(stream.ToString());
}
