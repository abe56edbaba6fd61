using System.Text.RegularExpressions;

namespace Aspire.Hosting.Engine;

/// <summary>A resource's output: all of it in a file, warnings and errors on the console.</summary>
internal sealed partial class ResourceLog(string resource, string? directory, ConsoleReporter console) : IDisposable
{
    private readonly Lock gate = new();
    private readonly StreamWriter? file = directory is null ? null : Open(directory, resource);
    private bool shown;

    public string? File => (file?.BaseStream as FileStream)?.Name;

    public string LastLine { get; private set; } = "";

    public void Write(string line, bool isError)
    {
        lock (gate)
        {
            file?.WriteLine(line);
            if (string.IsNullOrWhiteSpace(line)) return;
            LastLine = line.Trim();
            // An indented line belongs to the one before it.
            if (!char.IsWhiteSpace(line[0])) shown = isError || Alarming().IsMatch(line);
            console.Log(resource, line, shown);
        }
    }

    public void Dispose()
    {
        lock (gate) file?.Dispose();
    }

    private static StreamWriter Open(string directory, string resource)
    {
        Directory.CreateDirectory(directory);
        return new StreamWriter(Path.Combine(directory, $"{resource}.log"), append: false) { AutoFlush = true };
    }

    // The heads of .NET's console logger, and the levels as Java programs write them.
    [GeneratedRegex("^(warn|fail|crit): |[ \\[](WARN|ERROR|FATAL)[ \\]]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Alarming();
}
