using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace EventDriven.LocalAspire.Tests;

/// <summary>The small system in a process of its own, to be ended in whatever way.</summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    private readonly Process process;
    private readonly Task<string> error;
    private readonly string ready;

    private HostProcess(Process process, string ready)
    {
        (this.process, this.ready) = (process, ready);
        error = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
    }

    public static HostProcess Start(TempFolder folder, params string[] args) => Start(folder, [], args);

    public static HostProcess Start(TempFolder folder, (string Name, string Value)[] environment, params string[] args)
    {
        var healthy = Path.Combine(folder.Path, Path.GetRandomFileName());
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "SmallSystem.Host"), [.. args, $"--ready={healthy}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new HostProcess(Process.Start(start)!, healthy);
    }

    public async Task BecomesHealthy()
    {
        while (!File.Exists(ready) && !process.HasExited) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(process.HasExited, process.HasExited ? await error : "");
    }

    /// <summary>Exit code and what was written to standard error.</summary>
    public async Task<(int ExitCode, string Error)> Ends()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, (await error).Trim());
    }

    public void Send(int signal) => _ = kill(process.Id, signal);

    public void KillChild(string program) =>
        _ = kill(Descendants().Single(child => UnlessGone(() => [File.ReadAllText($"/proc/{child}/cmdline")]).Any(line => line.Contains(program, StringComparison.Ordinal))), Kill);

    /// <summary>Its children and theirs, without those that only watch over it.</summary>
    public IReadOnlyList<int> Descendants() => [.. Of(process.Id)];

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) Send(Terminate);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>A thread or a process that ends meanwhile has none.</summary>
    private static IEnumerable<int> Of(int id) => UnlessGone(() => Directory.GetDirectories($"/proc/{id}/task"))
        .SelectMany(thread => UnlessGone(() => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        .Select(child => int.Parse(child, CultureInfo.InvariantCulture))
        .SelectMany(child => Of(child).Prepend(child));

    private static string[] UnlessGone(Func<string[]> look)
    {
        try
        {
            return look();
        }
        catch (IOException)
        {
            return [];
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}

/// <summary>A folder of its own for a test's data.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("eventdriven-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
