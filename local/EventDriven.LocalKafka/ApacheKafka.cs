using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace EventDriven.LocalKafka;

/// <summary>One node of Apache Kafka, broker and controller in one process, from a distribution's jars alone.</summary>
internal static partial class ApacheKafka
{
    public static async Task<int> Run(string home, int port, int controllerPort, string data)
    {
        var libraries = Path.Combine(home, "libs");
        if (!Directory.Exists(libraries))
        {
            await Console.Error.WriteLineAsync($"KAFKA_HOME is {home}, but there is no folder libs in it: let it name an Apache Kafka 4 distribution, or unset it.");
            return 1;
        }

        var listeners = $"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort}";
        Directory.CreateDirectory(data);
        await Format(data);
        var properties = Path.Combine(data, "server.properties");
        await File.WriteAllTextAsync(Path.Combine(data, "broker.pid"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        await File.WriteAllTextAsync(properties, Properties(listeners, controllerPort, Path.Combine(data, "log")) + await Additional(listeners));

        // The names are Kafka's own. The defaults favour a quick start and little memory: no second compiler, one heap of 256 MB at most.
        var heap = Environment.GetEnvironmentVariable("KAFKA_HEAP_OPTS") ?? "-Xms64m -Xmx256m";
        var tuning = Environment.GetEnvironmentVariable("KAFKA_JVM_PERFORMANCE_OPTS") ?? "-XX:+UseSerialGC -XX:TieredStopAtLevel=1";
        string[] command =
        [
            Java(), .. heap.Split(' '), .. tuning.Split(' '), "-Dlog4j2.level=WARN",
            "-cp", Path.Combine(libraries, "*"), "kafka.Kafka", properties,
        ];
        return await BecomeOrRun(command);
    }

    // What `kafka-storage format` writes, without another second of Java; Kafka then takes its own version's default for the rest.
    private static async Task Format(string data)
    {
        var log = Directory.CreateDirectory(Path.Combine(data, "log")).FullName;
        var meta = Path.Combine(log, "meta.properties");
        if (File.Exists(meta)) return;
        var cluster = Convert.ToBase64String(Guid.CreateVersion7().ToByteArray()).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        await File.WriteAllTextAsync(meta, $"version=1\nnode.id=1\ncluster.id={cluster}\n");
    }

    // The session is short so that the broker is back within seconds after a kill -9, and not so short that a machine which starts a whole system
    // beside it, and lets it wait for seconds, has it fenced off by itself.
    private static string Properties(string listeners, int controllerPort, string log) => $"""
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:{controllerPort}
        controller.listener.names=CONTROLLER
        listeners={listeners}
        log.dirs={log.Replace('\\', '/')}
        num.partitions=12
        auto.create.topics.enable=false
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=4
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        group.initial.rebalance.delay.ms=0
        broker.session.timeout.ms=6000
        broker.heartbeat.interval.ms=500

        """;

    // What stands later holds: a listener beside these, with TLS, or who may do what.
    private static async Task<string> Additional(string listeners) => Environment.GetEnvironmentVariable("KAFKA_ADDITIONAL_PROPERTIES") is { Length: > 0 } file
        ? (await File.ReadAllTextAsync(file)).Replace("{listeners}", listeners, StringComparison.Ordinal)
        : "";

    private static string Java() => Environment.GetEnvironmentVariable("JAVA_HOME") is { Length: > 0 } home
        ? Path.Combine(home, "bin", "java")
        : "java";

    private static async Task<int> BecomeOrRun(string[] command)
    {
        if (OperatingSystem.IsWindows())
        {
            using var java = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
            await java.WaitForExitAsync();
            return java.ExitCode;
        }

        // This process becomes Java: nothing of .NET stays in memory, and who ends this process ends the broker.
        _ = execvp(command[0], [.. command, null]);
        var reason = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
        await Console.Error.WriteLineAsync($"KAFKA_HOME is set, but {command[0]} cannot be started ({reason}): install Java 17 or later, or unset KAFKA_HOME.");
        return 1;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execvp(string file, string?[] arguments);
}
