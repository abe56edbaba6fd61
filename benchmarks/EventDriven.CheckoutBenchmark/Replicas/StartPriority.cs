using System.Diagnostics;
using System.Globalization;

namespace EventDriven.CheckoutBenchmark.Replicas;

/// <summary>
/// Keeps a process that starts from taking the processors of those that serve, as it would not have them where each has its own machine. Only
/// on Linux and for root, who alone may lift it again.
/// </summary>
internal static class StartPriority
{
    private const int Low = 10, Normal = 0;
    private static readonly TimeSpan ClockStep = TimeSpan.FromSeconds(1); // a process' start is told in steps of the kernel's

    public static bool IsKept { get; } = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;

    /// <summary>Begins a start, and gives its process the low priority until it is ready.</summary>
    public static async Task Keep(string service, Func<Task> start, Func<Task> isReady)
    {
        var since = TimeProvider.System.GetLocalNow().DateTime - ClockStep;
        await start();
        if (IsKept)
            await Renice(service, since, Low);
        await isReady();
        if (IsKept)
            await Renice(service, since, Normal);
    }

    /// <summary>All threads, as each has a priority of its own; those that come later have that of the one that makes them.</summary>
    private static async Task Renice(string service, DateTime since, int level)
    {
        var threads = Process.GetProcesses().Where(p => IsOf(service, p) && p.StartTime > since).SelectMany(p => p.Threads.Cast<ProcessThread>())
            .Select(t => t.Id.ToString(CultureInfo.InvariantCulture)).ToArray();
        if (threads.Length == 0)
            throw new InvalidOperationException($"There is no new process of {service}.");
        using var renice = Process.Start(new ProcessStartInfo("renice", ["-n", level.ToString(CultureInfo.InvariantCulture), "-p", .. threads]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        await renice.StandardOutput.ReadToEndAsync();
        await renice.WaitForExitAsync(); // a thread that has just ended is an error of its, and none of ours
    }

    private static bool IsOf(string service, Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0').Any(a => Path.GetFileNameWithoutExtension(a).Equals(service, StringComparison.OrdinalIgnoreCase));
        }
        catch (IOException)
        {
            return false; // it has just ended
        }
    }
}
