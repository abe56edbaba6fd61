using System.Diagnostics;
using System.Globalization;

namespace EventDriven.SystemTests.Support;

/// <summary>The process of a service, among those that this test run has started.</summary>
internal static class ServiceProcess
{
    public static bool CanBeFound => OperatingSystem.IsLinux();

    /// <summary>Ends it as a power cut does: it gets to do nothing more.</summary>
    public static async Task Kill(string service)
    {
        using var process = Process.GetProcessById(Descendants(Environment.ProcessId).Single(id => IsOf(service, id)));
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static bool IsOf(string service, int id) => Read($"/proc/{id}/cmdline").Split('\0')
        .Any(argument => Path.GetFileNameWithoutExtension(argument).Equals(service, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<int> Descendants(int id) => Threads(id).SelectMany(Children).SelectMany(child => Descendants(child).Prepend(child));

    private static IEnumerable<string> Threads(int id)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{id}/task");
        }
        catch (DirectoryNotFoundException)
        {
            return []; // ended meanwhile
        }
    }

    private static IEnumerable<int> Children(string thread) => Read(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return ""; // ended meanwhile
        }
    }
}
