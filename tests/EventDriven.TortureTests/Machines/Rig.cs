using Aspire.Hosting.Engine;
using EventDriven.AppHost;

namespace EventDriven.TortureTests.Machines;

/// <summary>PostgreSQL and Apache Kafka for all runs of this assembly, in a folder that goes with it.</summary>
public sealed class Rig : IAsyncLifetime
{
    public const string Shared = "torture";

    private static readonly string KafkaHome = Environment.GetEnvironmentVariable("KAFKA_HOME") ?? "";
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"eventdriven-torture-{Guid.CreateVersion7():N}");
    private Watcher? _watcher;
    private PostgresMachine? _postgres;
    private KafkaMachine? _kafka;

    /// <summary>What all runs have counted, beside the program: a test runner does not show what a passing test says.</summary>
    internal static string Report { get; } = Path.Combine(AppContext.BaseDirectory, "torture.txt");

    internal static void Tell(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        Console.WriteLine(line);
        File.AppendAllText(Report, line + Environment.NewLine);
    }

    internal PostgresMachine Postgres => _postgres!;

    internal KafkaMachine Kafka => _kafka!;

    internal Watcher Watcher => _watcher!;

    /// <summary>Histories and logs; kept when a run fails, so that it can be looked into.</summary>
    internal string Files => Path.Combine(_directory, "files");

    internal bool KeepFiles { get; set; } = Environment.GetEnvironmentVariable("TORTURE_KEEP") is { Length: > 0 };

    internal static void SkipUnlessPossible()
    {
        Assert.SkipWhen(KafkaHome.Length == 0, "KAFKA_HOME is not set: torture needs an Apache Kafka that survives its own kill.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGSTOP: torture runs on Linux and macOS.");
    }

    public async ValueTask InitializeAsync()
    {
        File.Delete(Report);
        if (KafkaHome.Length == 0 || OperatingSystem.IsWindows())
            return;
        Directory.CreateDirectory(Files);
        OwnFiles.LetOthersPass(_directory);
        _watcher = new Watcher();
        _postgres = new PostgresMachine(Path.Combine(_directory, "postgres"), Files, _watcher);
        _kafka = new KafkaMachine(KafkaHome, Path.Combine(_directory, "kafka"), Files, _watcher);
        await Task.WhenAll(_postgres.Start(CancellationToken.None), _kafka.Start(CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        if (_watcher is null)
            return;
        await Task.WhenAll(Postgres.Crash(), Kafka.Kill());
        _watcher.Dispose();
        foreach (var part in Directory.GetDirectories(_directory))
        {
            if (!KeepFiles || part != Files)
                Directory.Delete(part, recursive: true);
        }
        if (!KeepFiles)
            Directory.Delete(_directory);
    }
}

/// <summary>One rig for all that needs one.</summary>
[CollectionDefinition(Rig.Shared)]
public sealed class OnTheRig : ICollectionFixture<Rig>;
