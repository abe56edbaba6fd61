namespace EventDriven.EventSourcing;

/// <summary>
/// Commands of one process to one stream take turns, so that they do not lose the race against each other; those of other processes are
/// met by the expected version.
/// </summary>
internal sealed class StreamTurns : IDisposable
{
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 1024).Select(_ => new SemaphoreSlim(1))];

    public async Task<Turn> Take(string stream, CancellationToken ct)
    {
        var turn = _turns[(uint)stream.GetHashCode(StringComparison.Ordinal) % (uint)_turns.Length];
        await turn.WaitAsync(ct);
        return new(turn);
    }

    public void Dispose()
    {
        foreach (var turn in _turns)
            turn.Dispose();
    }

    public readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
