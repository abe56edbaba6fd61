using System.Security.Cryptography;
using System.Text;

namespace EventDriven.AppHost;

/// <summary>One folder per checkout, where the system keeps applications' state; else among its temporary files.</summary>
internal static class StateFolder
{
    public static string Of(string appHostDirectory)
    {
        var checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(appHostDirectory)))[..8];
        var state = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } given
                ? given
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(IsUsable(state) ? state : Path.GetTempPath(), "eventdriven", checkout);
    }

    private static bool IsUsable(string state)
    {
        try
        {
            Directory.CreateDirectory(state);
            var probe = Path.Combine(state, Path.GetRandomFileName());
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
            return !Unprivileged.IsNeeded || OwnFiles.OthersMayPass(state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
