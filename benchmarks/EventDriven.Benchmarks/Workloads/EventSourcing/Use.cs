using System.Diagnostics;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>How long something takes, and whose processor time.</summary>
internal sealed class Use
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly CpuUse _before = CpuUse.Now([]);
    private readonly TimeSpan _own = Environment.CpuUsage.TotalTime;

    /// <summary>The rate of so many, and microseconds of this process and of the server for each.</summary>
    public Dictionary<string, double> Of(int count)
    {
        var seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        return new()
        {
            ["rate"] = count / seconds,
            ["own_us"] = (Environment.CpuUsage.TotalTime - _own).TotalMicroseconds / count,
            ["postgres_us"] = CpuUse.Now([]).Since(_before, seconds: 1).Postgres * 1_000_000 / count,
        };
    }
}
