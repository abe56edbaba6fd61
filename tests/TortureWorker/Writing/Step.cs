using EventDriven.Log;

namespace EventDriven.TortureWorker.Writing;

/// <summary>One transaction of a writer.</summary>
/// <param name="Appends">What it appends, in the order in which streams are locked.</param>
/// <param name="Pause">How long it stays open before it ends.</param>
/// <param name="IsRolledBack">It appends, and takes it back.</param>
/// <param name="IsStale">Its last append expects a version that the stream is not at.</param>
internal sealed record Step(IReadOnlyList<(StreamName Stream, IReadOnlyList<NewEvent> Events)> Appends, TimeSpan Pause, bool IsRolledBack, bool IsStale)
{
    /// <summary>COMMIT is never sent.</summary>
    public bool IsDoomed => IsRolledBack || IsStale;
}

/// <summary>Draws the steps of one writing task: the same seed gives the same steps.</summary>
internal sealed class Steps(int seed, StreamName[] streams, int slowOf1000, bool poisonForEver)
{
    private const int Hot = 5;
    private readonly Random _random = new(seed);
    private long _number;

    public Step Next()
    {
        var isDouble = _random.Next(100) < 3;
        var chosen = Enumerable.Range(0, isDouble ? 2 : 1).Select(_ => Stream()).Distinct().OrderBy(s => s.ToString(), StringComparer.Ordinal).ToArray();
        var slow = _random.Next(1000) < slowOf1000;
        var fate = _random.Next(100);
        return new(
            [.. chosen.Select(s => (s, Events(s)))],
            slow ? TimeSpan.FromMilliseconds(_random.Next(20, 300)) : TimeSpan.Zero,
            IsRolledBack: fate < 4, IsStale: fate is >= 4 and < 6);
    }

    // Some streams are hot: there writers meet.
    private StreamName Stream() => streams[_random.Next(_random.Next(10) == 0 ? Math.Min(Hot, streams.Length) : streams.Length)];

    private IReadOnlyList<NewEvent> Events(StreamName stream) => [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => new NewEvent(Data(stream)))];

    private object Data(StreamName stream) => _random.Next(100) switch
    {
        < 4 => new Passed(++_number),
        < 8 => new Kept(++_number),
        _ => new Counted(++_number, Poison(stream)),
    };

    // Some events fail a few times. For ever: a few streams beside the hot ones, so that most of the load stays out of it.
    private int Poison(StreamName stream)
    {
        var draw = _random.Next(1000);
        var isCursed = Array.IndexOf(streams, stream, 0, Math.Min(streams.Length, Hot * 4)) >= Hot;
        return isCursed && draw < 100 && poisonForEver ? Counted.ForEver : draw < 4 ? _random.Next(1, 4) : 0;
    }
}
