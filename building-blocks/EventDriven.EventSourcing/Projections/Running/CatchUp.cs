using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>
/// Takes events into one build: reads a page ahead, turns a page into statements, and writes the page before, all at once. Each page is
/// one transaction with the build's place in the log.
/// </summary>
internal sealed class CatchUp(
    Build build, IIntake intake, long epoch, Sequencer sequencer, EventPages pages, BuildTable builds, NpgsqlDataSource database, TimeProvider clock)
{
    private readonly Turn _turn = new();

    // After a page failed it is taken in by halves, until what cannot be taken in stands alone.
    private int _limit = intake.PageSize;
    private long _carefulUpTo;

    /// <summary>How far the build has come.</summary>
    public long Position { get; private set; } = build.Position;

    /// <summary>Beats whenever it has moved on.</summary>
    public Pulse Moved { get; } = new();

    /// <summary>Keeps it from moving by itself until the result is disposed.</summary>
    public Task<IDisposable> Hold(CancellationToken ct) => _turn.Take(ct);

    /// <summary>Takes in what there is, unless somebody wants to hold it.</summary>
    /// <exception cref="PoisonedException">An event cannot be taken in; the ones before were.</exception>
    public async Task<(long Taken, bool IsAtHead)> Run(CancellationToken ct)
    {
        using var turn = await _turn.Take(ct);
        var before = Position;
        while (Position < sequencer.Position && !_turn.IsWanted)
            await Stretch(() => sequencer.Position, ct);
        return (Position - before, Position >= sequencer.Position);
    }

    /// <summary>Takes in everything up to a position; for who holds it.</summary>
    public async Task To(long position, CancellationToken ct)
    {
        while (Position < position)
            await Stretch(() => position, ct);
    }

    private async Task Stretch(Func<long> head, CancellationToken ct)
    {
        Task<IReadOnlyList<ProjectedEvent>>? reading = null;
        var writing = Task.CompletedTask;
        var (began, from) = (clock.GetTimestamp(), Position);
        try
        {
            for (var next = from; next < head() && !(_turn.IsWanted && next > from);)
            {
                var page = await (reading ?? Read(next, head(), ct));
                var last = page[^1].Position;
                reading = last < head() && last > _carefulUpTo ? Read(last, head(), ct) : null;

                if (intake.IsFull)
                {
                    await writing;
                    intake.Forget();
                }
                var statements = await Take(page, ct);
                await writing;
                double? rate = next > from ? (next - from) / clock.GetElapsedTime(began).TotalSeconds : null;
                writing = Write(page, next, last, rate, statements, ct);
                next = last;
            }
            await writing;
        }
        catch (PageFailedException failed)
        {
            await Ended(reading, writing);
            intake.Forget();
            if (failed.Events is [var poison])
                throw PoisonedException.Of(poison, failed.InnerException!, clock.GetUtcNow());
            (_limit, _carefulUpTo) = (failed.Good ?? (failed.Events.Count / 2), failed.Events[^1].Position);
        }
        catch
        {
            await Ended(reading, writing);
            intake.Forget();
            throw;
        }
    }

    private Task<IReadOnlyList<ProjectedEvent>> Read(long after, long head, CancellationToken ct) =>
        pages.After(after, (int)Math.Min(after < _carefulUpTo ? _limit : intake.PageSize, head - after), ct);

    private async Task<IReadOnlyList<NpgsqlBatchCommand>> Take(IReadOnlyList<ProjectedEvent> page, CancellationToken ct)
    {
        try
        {
            return await intake.Take(page, database, ct);
        }
        catch (PoisonEventException poison)
        {
            throw new PageFailedException(poison.Index == 0 ? [page[0]] : page, poison.InnerException!) { Good = Math.Max(1, poison.Index) };
        }
        catch (Exception failure) when (IsOfThePage(failure))
        {
            throw new PageFailedException(page, failure);
        }
    }

    private async Task Write(
        IReadOnlyList<ProjectedEvent> page, long from, long to, double? rate, IReadOnlyList<NpgsqlBatchCommand> statements, CancellationToken ct)
    {
        try
        {
            await builds.Take(build, from, to, rate, statements, epoch, ct);
        }
        catch (Exception failure) when (IsOfThePage(failure))
        {
            throw new PageFailedException(page, failure);
        }
        Position = to;
        Moved.Beat();
    }

    private static bool IsOfThePage(Exception failure) =>
        !PostgresSession.IsOutage(failure) && !PostgresSession.IsRace(failure) && failure is not OperationCanceledException
        && failure is not PostgresException { SqlState: Sequencer.LeaseLost or BuildTable.Moved };

    private static async Task Ended(Task? reading, Task writing)
    {
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what ended it is thrown by who asks
        await (reading ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
