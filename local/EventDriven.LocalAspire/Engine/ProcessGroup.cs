using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Engine;

/// <summary>A process group per child: Ctrl+C reaches the host alone, and a child's own children can be ended with it.</summary>
internal static partial class ProcessGroup
{
    private const int Interrupted = 1; // CTRL_BREAK_EVENT
    private const int Terminated = 15;
    private const int Killed = 9;

    public static ProcessStartInfo Own(string command, IEnumerable<string> arguments)
    {
        if (OperatingSystem.IsWindows())
            return new ProcessStartInfo(command, arguments) { UseShellExecute = false, CreateNewProcessGroup = true };
        // Both replace themselves by the command: the id that we know is the command's own.
        return OperatingSystem.IsMacOS()
            ? new ProcessStartInfo("perl", ["-e", "setpgrp; exec @ARGV", command, .. arguments]) { UseShellExecute = false }
            : new ProcessStartInfo("setsid", [command, .. arguments]) { UseShellExecute = false };
    }

    /// <summary>Asks the process to end.</summary>
    public static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows()) _ = GenerateConsoleCtrlEvent(Interrupted, (uint)process.Id);
        else _ = kill(process.Id, Terminated);
    }

    /// <summary>Ends the process and all of its group.</summary>
    public static void Kill(Process process)
    {
        if (OperatingSystem.IsWindows()) process.Kill(entireProcessTree: true);
        else _ = kill(-process.Id, Killed);
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GenerateConsoleCtrlEvent(uint signal, uint processGroup);
}
