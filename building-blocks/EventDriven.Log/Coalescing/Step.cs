namespace EventDriven.Log.Coalescing;

/// <summary>
/// One caller's append with the statements that go with it, and the caller who waits for the answer. Answers are given in the order of the
/// thread pool's queue: when whoever yields after them gets its turn the callers have had theirs, and most of what they append next is there.
/// </summary>
internal sealed class Step(StreamAppend append, IReadOnlyList<Sql> statements, CancellationToken ct) : IThreadPoolWorkItem
{
    private readonly TaskCompletionSource<AppendResult> _answer = new(); // the caller goes on where it is answered, in a work item of its own
    private Action? _answering;

    public StreamAppend Append { get; } = append;

    public IReadOnlyList<Sql> Statements { get; } = statements;

    public long Bytes { get; } = append.Events.Sum(e => (long)e.Data.Length);

    public Task<AppendResult> Answer => _answer.Task;

    /// <summary>Whether the caller went away before it was its turn.</summary>
    public bool IsAbandoned
    {
        get
        {
            if (!ct.IsCancellationRequested)
                return false;
            Say(() => _answer.SetCanceled(ct));
            return true;
        }
    }

    public void Fail(Exception failure) => Say(() => _answer.SetException(failure));

    public void Finish(bool appended, long version)
    {
        try
        {
            var result = Append.Answer(appended, version);
            Say(() => _answer.SetResult(result));
        }
        catch (WrongExpectedVersionException conflict)
        {
            Fail(conflict);
        }
    }

    void IThreadPoolWorkItem.Execute() => _answering!();

    private void Say(Action answering)
    {
        if (_answering is not null)
            return; // it has its answer
        _answering = answering;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
