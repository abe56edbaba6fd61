using System.Diagnostics;

namespace EventDriven.Benchmarks;

/// <summary>A program beside this one. It ends when its standard input does, so that it never outlives who started it.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>What it holds in memory now.</summary>
    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1024.0 / 1024.0;
        }
    }

    public static ChildProcess Start(string program, IEnumerable<string> arguments) => new(Process.Start(new ProcessStartInfo(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!);

    /// <summary>Another workload of this program.</summary>
    public static ChildProcess StartSelf(params string[] arguments) =>
        Start(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "EventDriven.Benchmarks.exe" : "EventDriven.Benchmarks"), arguments);

    /// <summary>The first line of its output that says what is waited for.</summary>
    public async Task<T> Line<T>(Func<string, T?> read) where T : class
    {
        using var timeout = new CancellationTokenSource(StartsWithin);
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (read(line) is { } said)
                return said;
        }
        throw new InvalidOperationException($"{_process.StartInfo.FileName} has ended without a word.");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(EndsWithin))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
