namespace EventDriven.Experiments.Results;

/// <summary>Percentiles by the nearest rank.</summary>
internal static class Percentile
{
    /// <summary>The value that this share of the samples does not exceed.</summary>
    public static double Of(IReadOnlyCollection<double> samples, double share)
    {
        if (samples.Count == 0)
            throw new InvalidOperationException("There is no sample: nothing was measured.");
        double[] sorted = [.. samples.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
