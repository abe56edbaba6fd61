using System.Text.Json;

namespace EventDriven.TortureWorker.Writing;

/// <summary>What a writer knows of a transaction.</summary>
internal enum Outcome
{
    /// <summary>Nothing: it is under way, or the process died, or COMMIT was sent and no answer came.</summary>
    Unknown,

    /// <summary>COMMIT was answered.</summary>
    Acknowledged,

    /// <summary>COMMIT was never sent and never will be.</summary>
    NotCommitted,
}

/// <summary>One event in a writer's history. Version and sequence are known only once it was appended; private events have no sequence.</summary>
internal sealed record Attempted(Guid MessageId, string Stream, Outcome Outcome, long? Version = null, long? Sequence = null);

/// <summary>
/// A writer's history, outside of the system under test. Each line is with the operating system when the call returns, so that a kill
/// of the process loses none; the last line of a message counts.
/// </summary>
internal sealed class HistoryFile(string path) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Write(IEnumerable<Attempted> events)
    {
        using var lines = new MemoryStream();
        foreach (var attempted in events)
        {
            JsonSerializer.Serialize(lines, attempted);
            lines.WriteByte((byte)'\n');
        }
        lock (_lock)
            _file.Write(lines.GetBuffer(), 0, (int)lines.Length);
    }

    /// <summary>A kill may have cut the last line off: it was then never answered to the writer as written.</summary>
    public static IEnumerable<Attempted> Read(string path)
    {
        var text = File.ReadAllText(path);
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            yield return JsonSerializer.Deserialize<Attempted>(line)!;
    }

    public void Dispose() => _file.Dispose();
}
