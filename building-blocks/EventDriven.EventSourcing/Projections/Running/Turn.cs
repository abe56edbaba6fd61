using System.Diagnostics.CodeAnalysis;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>One at a time; who has it can see that somebody waits.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Nobody asks the semaphore for its wait handle, so there is nothing to dispose.")]
internal sealed class Turn
{
    private readonly SemaphoreSlim _one = new(1);
    private int _waiting;

    public bool IsWanted => Volatile.Read(ref _waiting) > 0;

    public async Task<IDisposable> Take(CancellationToken ct)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _one.WaitAsync(ct);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        return new Taken(_one);
    }

    private sealed class Taken(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
