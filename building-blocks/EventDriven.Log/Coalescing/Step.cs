namespace EventDriven.Log.Coalescing;

/// <summary>One caller's append with the statements that go with it, and the caller who waits for the answer.</summary>
internal sealed class Step(StreamAppend append, IReadOnlyList<Sql> statements, CancellationToken ct)
{
    private readonly TaskCompletionSource<AppendResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StreamAppend Append { get; } = append;

    public IReadOnlyList<Sql> Statements { get; } = statements;

    public long Bytes { get; } = append.Events.Sum(e => (long)e.Data.Length);

    public Task<AppendResult> Answer => _answer.Task;

    /// <summary>Whether the caller went away before it was its turn.</summary>
    public bool IsAbandoned => ct.IsCancellationRequested && _answer.TrySetCanceled(ct);

    public void Fail(Exception failure) => _answer.TrySetException(failure);

    public void Finish(bool appended, long version)
    {
        try
        {
            _answer.TrySetResult(Append.Answer(appended, version));
        }
        catch (WrongExpectedVersionException conflict)
        {
            _answer.TrySetException(conflict);
        }
    }
}
