using System.Globalization;
using System.Text;

namespace EventDriven.CheckoutBenchmark;

/// <summary>One run: how long each order took in milliseconds, and what came instead of a placed order.</summary>
internal sealed record Run(string Side, IReadOnlyCollection<double> Took, IReadOnlyCollection<string> Failed, TimeSpan Duration)
{
    private readonly double[] _sorted = [.. Took.Order()];

    public double PerSecond => (Took.Count - Failed.Count) / Duration.TotalSeconds;

    /// <summary>The time that this share of the orders did not exceed.</summary>
    public double At(double share) => _sorted[Math.Clamp((int)Math.Ceiling(share * _sorted.Length) - 1, 0, _sorted.Length - 1)];
}

/// <summary>The runs of each side as Markdown, and whether what was promised is reached.</summary>
internal static class Report
{
    public const string Up = "events, all up", Down = "events, listeners down", Rival = "synchronous, all up";
    private const double WorseByAtMost = 1.10;

    public static bool IsReached(IReadOnlyList<Run> runs) => MedianP99(runs, Down) <= MedianP99(runs, Up) * WorseByAtMost;

    public static string Of(IReadOnlyList<Run> runs, Plan plan, bool isApacheKafka)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{plan}. {Environment.ProcessorCount} processors, {(isApacheKafka ? "Apache Kafka" : "the in-memory broker")}. An order's time counts from when it was due.");
        text.AppendLine().AppendLine("| Side | p50 ms | p99 ms | max ms | placed/s | not placed |").AppendLine("|---|---|---|---|---|---|");
        foreach (var run in runs)
        {
            var failed = string.Join(", ", run.Failed.CountBy(f => f).Select(f => $"{f.Value} × {f.Key}"));
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {run.Side} | {run.At(0.50):0.0} | {run.At(0.99):0.0} | {run.At(1):0.0} | {run.PerSecond:0.0} | {(failed.Length == 0 ? "0" : failed)} |");
        }
        var (up, down) = (MedianP99(runs, Up), MedianP99(runs, Down));
        text.AppendLine().Append(CultureInfo.InvariantCulture,
            $"Median p99 with the listeners down {down:0.0} ms, with all up {up:0.0} ms: {((down / up) - 1) * 100:+0;-0;0} % ({(IsReached(runs) ? "reached" : "**MISSED**")}: at most 10 % worse). The synchronous rival's: {MedianP99(runs, Rival):0.0} ms.");
        return text.ToString();
    }

    private static double MedianP99(IEnumerable<Run> runs, string side)
    {
        double[] of = [.. runs.Where(r => r.Side == side).Select(r => r.At(0.99)).Order()];
        return of[of.Length / 2];
    }
}
