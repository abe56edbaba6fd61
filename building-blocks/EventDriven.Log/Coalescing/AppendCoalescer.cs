using System.Collections.Concurrent;

namespace EventDriven.Log.Coalescing;

/// <summary>
/// Lets appends that come at the same time share a commit. Whoever comes while the others are on their way to the database waits for
/// the next turn; nobody waits for company.
/// </summary>
internal sealed class AppendCoalescer(SharedCommit commit)
{
    // Two: one gathers and works while the other waits for the disk.
    private const int Workers = 2;
    private const int MostTogether = 100;
    private const long MostBytes = 1024 * 1024;

    private readonly ConcurrentQueue<Step> _waiting = new();
    private int _working;

    public Task<AppendResult> Append(Step step)
    {
        _waiting.Enqueue(step);
        StartWorker();
        return step.Answer;
    }

    private void StartWorker()
    {
        if (Interlocked.Increment(ref _working) <= Workers)
            _ = Task.Run(Work, CancellationToken.None); // it ends with the queue, and no failure leaves it: each is its caller's
        else
            Interlocked.Decrement(ref _working);
    }

    private async Task Work()
    {
        while (Take() is { Count: > 0 } together)
            await commit.Run(together);
        Interlocked.Decrement(ref _working);
        if (!_waiting.IsEmpty)
            StartWorker(); // it came between the last look and leaving
    }

    private List<Step> Take()
    {
        List<Step> together = [];
        var bytes = 0L;
        while (together.Count < MostTogether && bytes < MostBytes && _waiting.TryDequeue(out var step))
        {
            if (step.IsAbandoned)
                continue;
            together.Add(step);
            bytes += step.Bytes;
        }
        return together;
    }
}
