using System.Diagnostics;

namespace EventDriven.Experiments.Laboratory;

/// <summary>This program again as a process of its own, so that it can be killed for real.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    /// <summary>Starts <c>child</c> with its arguments; what it needs to know beside them is in its environment.</summary>
    public static ChildProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in (string[])["child", .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>The next line it writes; null when it has ended.</summary>
    public async Task<string?> Line(CancellationToken ct) => await _process.StandardOutput.ReadLineAsync(ct);

    /// <summary>SIGKILL: it can do nothing about it.</summary>
    public async Task Kill(CancellationToken ct)
    {
        _process.Kill();
        await _process.WaitForExitAsync(ct);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
