using System.Runtime.InteropServices;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Reporting;

/// <summary>What a run was made on and with.</summary>
internal static class Facts
{
    private static readonly string[] Settings =
    [
        "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "wal_level", "commit_delay", "shared_buffers", "max_wal_size",
        "checkpoint_timeout", "max_connections", "autovacuum",
    ];

    public static async Task<List<(string Name, string Value)>> Gather(Arguments arguments, Measurements run)
    {
        List<string> settings = [];
        foreach (var setting in Settings)
            settings.Add($"{setting}={await Servers.Value("postgres", "show " + setting)}");
        return
        [
            ("When", $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC"),
            ("Command", $"`{arguments.Text("command")}`"),
            ("Machine", $"{Environment.ProcessorCount} processors ({Processor()}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024 * 1024.0):0} GB, {RuntimeInformation.OSDescription}"),
            ("Disturbed", $"{arguments.Text("disturbed", "0")} repetitions began while other work kept the machine busy"),
            ("PostgreSQL", $"{await Servers.Value("postgres", "show server_version")}: {string.Join(", ", settings)}"),
            ("Broker", arguments.Text("broker")),
            ("Ours", string.Join("; ", Versions(run, peers: false))),
            ("Peers", string.Join("; ", Versions(run, peers: true).DefaultIfEmpty("not run"))),
        ];
    }

    private static IEnumerable<string> Versions(Measurements run, bool peers) =>
        run.Results.Where(r => Measurements.IsPeer(r.Side) == peers).Select(r => r.Versions).Distinct();

    private static string Processor()
    {
        const string Cpu = "/proc/cpuinfo";
        return File.Exists(Cpu)
            ? File.ReadLines(Cpu).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.OSArchitecture.ToString()
            : RuntimeInformation.OSArchitecture.ToString();
    }
}
