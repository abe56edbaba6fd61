namespace EventDriven.Log.Sequencing;

/// <summary>
/// Up to where the log's ids are decided. Ids are drawn before commit: one below the highest seen that is not visible may still be
/// committed (its transaction runs), or never (it rolled back). Such gaps are looked at again until the database's transaction
/// horizon says that whoever drew them has ended.
/// </summary>
internal sealed class Frontier
{
    private List<Gap> _gaps;

    public Frontier(long head, IEnumerable<(long From, long To)> gaps) =>
        (Head, _gaps) = (head, [.. gaps.Select(g => new Gap(g.From, g.To, NotedBy: null))]);

    /// <summary>The highest id that has been seen.</summary>
    public long Head { get; private set; }

    /// <summary>Every id up to this one has a position or never will.</summary>
    public long Settled => _gaps.Count == 0 ? Head : _gaps[0].From - 1;

    public long[] GapsFrom => [.. _gaps.Select(g => g.From)];

    public long[] GapsTo => [.. _gaps.Select(g => g.To)];

    /// <summary>Takes in one look that found something.</summary>
    /// <param name="ids">What it found, in order: all of it, unless <paramref name="isCut"/>.</param>
    /// <param name="isCut">Whether there may be more above the last id found.</param>
    /// <param name="writer">A transaction begun after the look.</param>
    /// <param name="horizon">All transactions below had ended before the look.</param>
    public void Take(IReadOnlyList<long> ids, bool isCut, long writer, long horizon)
    {
        var found = 0;
        List<Gap> open = [];
        foreach (var gap in _gaps)
        {
            // What a cut look did not find it may not have looked for.
            var isDecided = gap.NotedBy <= horizon && !isCut;
            var from = gap.From;
            for (; found < ids.Count && ids[found] <= gap.To; found++)
            {
                Open(from, ids[found] - 1, gap.NotedBy, isDecided);
                from = ids[found] + 1;
            }
            Open(from, gap.To, gap.NotedBy, isDecided);
        }
        for (; found < ids.Count; found++)
        {
            Open(Head + 1, ids[found] - 1, notedBy: null, isDecided: false);
            Head = ids[found];
        }
        _gaps = open;

        void Open(long from, long to, long? notedBy, bool isDecided)
        {
            if (from <= to && !isDecided)
                open.Add(new(from, to, notedBy ?? writer));
        }
    }

    private sealed record Gap(long From, long To, long? NotedBy);
}
