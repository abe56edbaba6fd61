using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Reporting;

/// <summary>All repetitions of a run.</summary>
internal sealed class Measurements(IReadOnlyList<Result> results)
{
    public IReadOnlyList<Result> Results => results;

    /// <summary>Workload and side, in the order in which they first ran.</summary>
    public IEnumerable<IGrouping<(string Workload, string Side), Result>> BySide => results.GroupBy(r => (r.Workload, r.Side));

    public static bool IsPeer(string side) => side.Contains("wolverine", StringComparison.Ordinal) || side.StartsWith("marten/", StringComparison.Ordinal);

    public Summary? Of(string workload, string side, string metric)
    {
        double[] values = [.. results.Where(r => r.Workload == workload && r.Side == side && r.Values.ContainsKey(metric)).Select(r => r.Values[metric]).Order()];
        return values.Length == 0 ? null : new(side, values);
    }

    /// <summary>The peers' summaries; a peer has its settings in its name.</summary>
    public IEnumerable<Summary> Peers(string workload, string metric) => results
        .Where(r => r.Workload == workload && IsPeer(r.Side)).Select(r => r.Side).Distinct()
        .Select(side => Of(workload, side, metric)).OfType<Summary>();
}

/// <summary>The repetitions of one metric of one side, sorted.</summary>
internal sealed record Summary(string Side, double[] Sorted)
{
    public double Median => Sorted.Length % 2 == 1 ? Sorted[Sorted.Length / 2] : (Sorted[(Sorted.Length / 2) - 1] + Sorted[Sorted.Length / 2]) / 2;

    public double Min => Sorted[0];

    public double Max => Sorted[^1];
}
