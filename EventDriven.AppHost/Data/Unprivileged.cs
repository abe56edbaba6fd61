namespace EventDriven.AppHost;

/// <summary>PostgreSQL refuses to run as root: there it runs as a user who owns nothing else.</summary>
internal static class Unprivileged
{
    public static bool IsNeeded => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    public static string User { get; } =
        File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    /// <summary>The words before a command; setpriv becomes the command, so that signals reach it.</summary>
    public static IReadOnlyList<string> Prefix => IsNeeded ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--init-groups"] : [];
}
