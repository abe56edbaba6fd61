using System.Diagnostics;
using System.Globalization;

namespace EventDriven.CheckoutBenchmark.Replicas;

/// <summary>
/// Keeps a process that starts from taking the processors of those that serve, as it would not have them where each has its own machine. Only
/// on Linux and for root, who alone may lift it again.
/// </summary>
internal static class StartPriority
{
    private const int Low = 10, Normal = 0, MostLooks = 10, NiceAfterName = 16; // in proc(5) the nineteenth, and the name the second
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

    /// <summary>All threads, as each has a priority of its own; one that comes meanwhile has that of the one that makes it, so it is looked again.</summary>
    private static async Task Renice(string service, DateTime since, int level)
    {
        var process = Process.GetProcesses().Single(p => IsOf(service, p) && p.StartTime > since).Id;
        for (var looks = 0; Threads(process, level) is { Length: > 0 } others; looks++)
        {
            if (looks == MostLooks)
                throw new InvalidOperationException($"The priority of {service} cannot be set to {level}.");
            using var renice = Process.Start(new ProcessStartInfo("renice", ["-n", level.ToString(CultureInfo.InvariantCulture), "-p", .. others]) { UseShellExecute = false, RedirectStandardOutput = true })!;
            await renice.StandardOutput.ReadToEndAsync();
            await renice.WaitForExitAsync(); // a thread that has just ended is an error of its, and none of ours
        }
    }

    /// <summary>The threads of a process that have another priority.</summary>
    private static string[] Threads(int process, int level) =>
        [.. Directory.GetDirectories($"/proc/{process}/task").Where(thread => PriorityOf(thread) is { } priority && priority != level).Select(thread => Path.GetFileName(thread))];

    private static int? PriorityOf(string thread)
    {
        var stat = Read(Path.Combine(thread, "stat"));
        return stat.Length == 0 ? null : int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[NiceAfterName], CultureInfo.InvariantCulture);
    }

    private static bool IsOf(string service, Process process) =>
        Read($"/proc/{process.Id}/cmdline").Split('\0').Any(a => Path.GetFileNameWithoutExtension(a).Equals(service, StringComparison.OrdinalIgnoreCase));

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return ""; // it has just ended
        }
    }
}
