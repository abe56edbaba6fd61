namespace EventDriven.AppHost;

/// <summary>Whether this machine can run containers: the same signs as the build goes by.</summary>
internal static class ContainerEngine
{
    public static bool IsPresent { get; } = Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } || Sockets().Any(File.Exists);

    private static IEnumerable<string> Sockets()
    {
        if (OperatingSystem.IsWindows()) return [@"\\.\pipe\docker_engine"];
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return
        [
            "/var/run/docker.sock", Path.Combine(home, ".docker/run/docker.sock"),
            Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "/run", "podman/podman.sock"),
        ];
    }
}
