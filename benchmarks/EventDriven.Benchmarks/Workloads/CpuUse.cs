using System.Globalization;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>Processor time used so far, in seconds; the difference of two, divided by the time between, in processors. Linux only.</summary>
internal sealed record CpuUse(double Machine, double Subscribers, double Postgres, double Broker)
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every architecture .NET runs on

    public static CpuUse Now(IEnumerable<ChildProcess> subscribers)
    {
        var (postgres, broker) = (Pid("BENCH_POSTGRES_PID"), Pid("BENCH_KAFKA_PID"));
        return new(Busy(), subscribers.Sum(s => Of(s.Id).Own),
            Of(postgres) is var server ? server.Own + server.EndedChildren + Children(postgres).Sum(c => Of(c).Own) : 0, Of(broker).Own);
    }

    /// <summary>Machine: the share of all processors that was busy. The rest: how many processors were used.</summary>
    public CpuUse Since(CpuUse earlier, double seconds) => new(
        (Machine - earlier.Machine) / seconds / Environment.ProcessorCount,
        (Subscribers - earlier.Subscribers) / seconds, (Postgres - earlier.Postgres) / seconds, (Broker - earlier.Broker) / seconds);

    private static int Pid(string variable) => int.Parse(Environment.GetEnvironmentVariable(variable) ?? "0", CultureInfo.InvariantCulture);

    private static double Busy()
    {
        // cpu user nice system idle iowait irq softirq steal
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields[1..9].Select((f, i) => i is 3 or 4 ? 0 : Number(f)).Sum() / TicksPerSecond;
    }

    private static (double Own, double EndedChildren, int Parent) Of(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return ((Number(fields[11]) + Number(fields[12])) / TicksPerSecond, (Number(fields[13]) + Number(fields[14])) / TicksPerSecond, (int)Number(fields[1]));
        }
        catch (IOException)
        {
            return default; // ended meanwhile
        }
    }

    private static IEnumerable<int> Children(int parent) => Directory.EnumerateDirectories("/proc")
        .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0 && Of(pid).Parent == parent);

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);
}
