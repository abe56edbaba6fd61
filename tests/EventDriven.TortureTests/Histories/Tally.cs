namespace EventDriven.TortureTests.Histories;

/// <summary>Counts acknowledged events while they are written down: each look reads only what is new.</summary>
internal sealed class Tally(string directory)
{
    private static readonly byte[] mark = "\"Outcome\":1"u8.ToArray();
    private readonly Dictionary<string, long> _read = [];
    private long _acknowledged;

    public long Acknowledged()
    {
        foreach (var path in Directory.GetFiles(directory, "*.history"))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Position = _read.GetValueOrDefault(path);
            var fresh = new byte[file.Length - file.Position];
            var length = fresh.AsSpan(0, file.ReadAtLeast(fresh, fresh.Length, throwOnEndOfStream: false)).LastIndexOf((byte)'\n') + 1;
            _acknowledged += fresh.AsSpan(0, length).Count(mark);
            _read[path] = _read.GetValueOrDefault(path) + length;
        }
        return _acknowledged;
    }
}
