namespace EventDriven.LocalAspire.Tests.Life;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ChildrenTests
{
    private static readonly string kafkaHome = Environment.GetEnvironmentVariable("KAFKA_HOME") ?? "";

    [Theory]
    [InlineData(HostProcess.Interrupt)]
    [InlineData(HostProcess.Terminate)]
    [InlineData(HostProcess.Kill)]
    public async Task Broker_and_database_end_with_the_host_and_the_next_start_works(int signal)
    {
        using var folder = new TempFolder();
        string[] args = ["--part=backends", $"--Data:Directory={folder.Path}", $"--KAFKA_HOME={kafkaHome}"];
        await using var host = HostProcess.Start(folder, args);
        await host.BecomesHealthy();
        var children = host.Descendants();

        host.Send(signal);
        await host.Ends();
        await using var next = HostProcess.Start(folder, args);
        await next.BecomesHealthy();

        Assert.True(children.Count > 5, $"Only {children.Count} processes were seen.");
        Assert.DoesNotContain(children, IsAlive);
    }

    [Fact]
    public async Task What_a_child_has_started_ends_with_a_killed_host()
    {
        using var folder = new TempFolder();
        await using var host = HostProcess.Start(folder, "--beside=trap '' TERM; sleep 1000 & sleep 1000");
        await host.BecomesHealthy();
        var children = host.Descendants();

        host.Send(HostProcess.Kill);
        await host.Ends();

        while (children.Any(IsAlive)) await Task.Delay(50, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task No_lock_file_of_the_database_is_left_behind_by_a_killed_host()
    {
        using var folder = new TempFolder();
        await using var host = HostProcess.Start(folder, "--part=backends", $"--Data:Directory={folder.Path}", "--KAFKA_HOME=");
        await host.BecomesHealthy();
        var children = host.Descendants();

        host.Send(HostProcess.Kill);
        await host.Ends();
        while (children.Any(IsAlive)) await Task.Delay(50, TestContext.Current.CancellationToken);

        Assert.Empty(Directory.GetFiles(folder.Path, "postmaster.pid", SearchOption.AllDirectories));
    }

    // A zombie has ended: it only waits for whoever inherited it.
    private static bool IsAlive(int process)
    {
        var status = $"/proc/{process}/status";
        return File.Exists(status) && !File.ReadLines(status).Any(line => line.StartsWith("State:\tZ", StringComparison.Ordinal));
    }
}
