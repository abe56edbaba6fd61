using System.Text.RegularExpressions;

namespace Aspire.Hosting.Engine;

/// <summary>A resource's output: all of it in a file, the heads of warnings and errors on the console.</summary>
internal sealed partial class ResourceLog(string resource, string? directory, ConsoleReporter console) : IDisposable
{
    private readonly Lock gate = new();
    private readonly StreamWriter? file = directory is null ? null : Open(directory, resource);
    private bool alarming;
    private bool headed;

    public string? File => (file?.BaseStream as FileStream)?.Name;

    public string LastWords { get; private set; } = "";

    public void Write(string line, bool isError)
    {
        lock (gate)
        {
            file?.WriteLine(line);
            if (string.IsNullOrWhiteSpace(line)) return;
            // .NET's console logger indents: the message below a head that names its category, a stack trace below the message.
            var isDetail = char.IsWhiteSpace(line[0]) && !headed;
            if (!char.IsWhiteSpace(line[0])) alarming = isError || Alarm().IsMatch(line);
            headed = Head().IsMatch(line);
            if (!isDetail && !headed && !line.StartsWith("---", StringComparison.Ordinal)) LastWords = line.Trim();
            console.Log(resource, line, alarming && !isDetail);
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

    [GeneratedRegex(@"^\w{4}: .*\[-?\d+\]$", RegexOptions.None, 1000)]
    private static partial Regex Head();

    // As .NET's console logger writes levels, and the worst ones as Java programs do.
    [GeneratedRegex(@"^(warn|fail|crit): |[ \[](ERROR|FATAL)[ \]]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Alarm();
}
