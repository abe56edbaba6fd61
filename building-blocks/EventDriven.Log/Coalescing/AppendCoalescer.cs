using System.Collections.Concurrent;

namespace EventDriven.Log.Coalescing;

/// <summary>
/// Lets appends that come at the same time share a commit. Whoever comes while the others are on their way to the database waits for
/// the next turn; nobody waits for company.
/// </summary>
internal sealed class AppendCoalescer(SharedCommit commit)
{
    private const int MostTogether = 250;
    private const long MostBytes = 1024 * 1024;

    private readonly ConcurrentQueue<Step> _waiting = new();
    private int _isWorking;

    public Task<AppendResult> Append(Step step)
    {
        _waiting.Enqueue(step);
        StartWorker();
        return step.Answer;
    }

    private void StartWorker()
    {
        if (Interlocked.Exchange(ref _isWorking, 1) == 0)
            _ = Work(); // it ends with the queue; failures are its callers'
    }

    private async Task Work()
    {
        try
        {
            while (Take() is { Count: > 0 } together)
            {
                await commit.Run(together);
                if (together.Count > 1 || !_waiting.IsEmpty)
                    await Task.Yield(); // those who were answered come first: what they append next shares the next commit
            }
            await commit.Rest();
        }
        finally // also where a connection that broke cannot even be closed: its callers have been told
        {
            Interlocked.Exchange(ref _isWorking, 0);
            if (!_waiting.IsEmpty)
                StartWorker(); // it came between the last look and leaving
        }
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
