using System.Net;
using System.Net.Sockets;

namespace EventDriven.LocalAspire.Tests.Failure;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class StartTests
{
    [Fact]
    public async Task A_taken_port_is_one_sentence_and_nothing_runs()
    {
        using var other = new TcpListener(IPAddress.Loopback, 5190);
        other.Start();

        await Fails("Port 5190 of 'service' is taken by another process: end that process, or give 'service' another port in its launch profile.");
    }

    [Fact]
    public async Task A_program_that_ends_at_start_is_one_sentence_with_its_last_words() =>
        await Fails("'beside' has ended with exit code 3: no licence", "--beside=echo no licence; exit 3");

    [Fact]
    public async Task A_program_that_others_wait_for_and_that_fails_is_one_sentence() =>
        await Fails("'first' has ended with exit code 7: cannot migrate", "--first=echo cannot migrate >&2; exit 7");

    [Fact]
    public async Task A_program_that_is_missing_is_one_sentence() =>
        await Fails("'beside' has ended with exit code 127", "--beside=exec no-such-program");

    [Fact]
    public async Task Kafka_without_Java_is_one_sentence()
    {
        using var folder = new TempFolder();
        using var kafka = new TempFolder();
        Directory.CreateDirectory(Path.Combine(kafka.Path, "libs"));

        await Fails(
            "install Java 17 or later, or unset KAFKA_HOME",
            ["--part=backends", $"--Data:Directory={folder.Path}", $"--KAFKA_HOME={kafka.Path}"], ("JAVA_HOME", "/nowhere"));
    }

    [Fact]
    public async Task A_KAFKA_HOME_that_is_none_is_one_sentence()
    {
        using var folder = new TempFolder();
        await Fails(
            $"KAFKA_HOME is {folder.Path}, but there is no folder libs in it",
            "--part=backends", $"--Data:Directory={folder.Path}", $"--KAFKA_HOME={folder.Path}");
    }

    [Fact]
    public async Task Data_that_another_run_uses_is_one_sentence()
    {
        using var folder = new TempFolder();
        string[] args = ["--part=backends", $"--Data:Directory={folder.Path}", "--KAFKA_HOME="];
        await using var host = HostProcess.Start(folder, args);
        await host.BecomesHealthy();

        await Fails($"Another run uses the data in {folder.Path}", args);
    }

    [Theory]
    [InlineData("--publisher", "manifest")]
    [InlineData("--operation", "publish")]
    public async Task Publishing_is_refused_in_one_sentence(params string[] args) =>
        await Fails("Publishing needs the real Aspire: build with -p:UseAspire=true", args);

    [Fact]
    public async Task The_in_memory_brokers_end_is_the_end_of_all_in_one_sentence()
    {
        using var folder = new TempFolder();
        await using var host = HostProcess.Start(folder, "--part=backends", $"--Data:Directory={folder.Path}", "--KAFKA_HOME=");
        await host.BecomesHealthy();

        host.KillChild("EventDriven.LocalKafka.dll");
        var (exitCode, error) = await host.Ends();

        Assert.Equal("The in-memory broker has ended and every message with it: everything is stopped. Start again.", error);
        Assert.NotEqual(0, exitCode);
    }

    private static Task Fails(string sentence, params string[] args) => Fails(sentence, args, []);

    private static async Task Fails(string sentence, string[] args, params (string, string)[] environment)
    {
        using var folder = new TempFolder();
        await using var host = HostProcess.Start(folder, environment, args);
        var (exitCode, error) = await host.Ends();

        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.NotEqual(0, exitCode);
    }
}
