using Microsoft.Extensions.Logging;
using MysticMind.PostgresEmbed;

namespace EventDriven.AppHost;

/// <summary>The folder with postgres and initdb: the machine's own, the newest first, else a download.</summary>
internal static partial class PostgresBinaries
{
    private const string Downloaded = "17";

    public static async Task<string> Find(ILogger logger, CancellationToken cancellationToken)
    {
        if (Candidates().FirstOrDefault(IsComplete) is { } found) return found;
        Downloading(logger, Downloaded);
        try
        {
            // Root's own cache is closed to the user that PostgreSQL then runs as.
            var cache = Unprivileged.IsNeeded ? Path.Combine(Path.GetTempPath(), "eventdriven", "postgresql") : Path.Combine(PgCache.DefaultDirectory, "binaries");
            await using var server = new PgServer(new PgServerOptions { PgVersion = Downloaded, BinariesDir = cache });
            await server.InstallAsync(cancellationToken);
            return Path.Combine(server.InstallDir, "bin");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new DistributedApplicationException(
                $"PostgreSQL is not on this machine and cannot be downloaded ({e.Message}): install PostgreSQL 15 or later, or put its bin folder on the PATH.", e);
        }
    }

    private static IEnumerable<string> Candidates()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)) yield return folder;
        string[] roots = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL")]
            : ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/Applications/Postgres.app/Contents/Versions", "/Library/PostgreSQL"];
        foreach (var version in roots.Where(Directory.Exists).SelectMany(Directory.GetDirectories).OrderDescending(StringComparer.Ordinal))
            yield return Path.Combine(version, "bin");
        yield return "/usr/pgsql/bin";
    }

    private static bool IsComplete(string folder)
    {
        var extension = OperatingSystem.IsWindows() ? ".exe" : "";
        return File.Exists(Path.Combine(folder, $"postgres{extension}")) && File.Exists(Path.Combine(folder, $"initdb{extension}"));
    }

    [LoggerMessage(LogLevel.Information, "PostgreSQL is not on this machine: version {Version} is downloaded, once.")]
    private static partial void Downloading(ILogger logger, string version);
}
