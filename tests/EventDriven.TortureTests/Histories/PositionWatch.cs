using EventDriven.TortureTests.Machines;
using Npgsql;

namespace EventDriven.TortureTests.Histories;

/// <summary>Reads the log by position while it is written, as a projection does: what it once passes by, it never sees.</summary>
internal sealed class PositionWatch(Fleet fleet)
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);
    private readonly List<long> _seen = [];

    public IReadOnlyList<long> Seen => _seen;

    public async Task Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await LookOnce();
            await Task.Delay(Every, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>How much it has seen; once more at the end, when nothing is written any more.</summary>
    public async Task LookOnce()
    {
        try
        {
            _seen.AddRange(await Query.Rows(fleet.WriterDatabase, "select position from log.positions where position > $1 order by position",
                row => row.GetInt64(0), _seen.Count == 0 ? 0L : _seen[^1]));
        }
        catch (NpgsqlException)
        {
            // The database is away.
        }
    }
}
