using System.Globalization;
using System.Text;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Reporting;

/// <summary>Reads the result lines of a run and writes what they say, in Markdown.</summary>
internal static class Report
{
    public static async Task Run(Arguments arguments)
    {
        var lines = await File.ReadAllLinesAsync(arguments.Text("results"));
        var run = new Measurements([.. lines.Select(Result.TryRead).OfType<Result>()]);
        var failures = lines.Where(l => l.StartsWith("FAILED ", StringComparison.Ordinal)).ToArray();
        var report = Write(await Facts.Gather(arguments, run), run, failures);
        Console.WriteLine(report);
        if (arguments.Text("to", "") is { Length: > 0 } file)
            await File.WriteAllTextAsync(file, report);
    }

    private static string Write(List<(string Name, string Value)> facts, Measurements run, string[] failures)
    {
        var text = new StringBuilder("# Benchmarks\n\n");
        text.Append("Each repetition is a process of its own; sides alternate, one repetition each per round; ratios are of medians.\n\n");
        text.Append("| | |\n|---|---|\n");
        foreach (var (name, value) in facts)
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");

        text.Append("\n## Figures\n\n| Figure | Promised | Measured | |\n|---|---|---|---|\n");
        foreach (var verdict in Figures.Judge(run))
            text.Append(CultureInfo.InvariantCulture, $"| {verdict.Name} | {verdict.Target} | {verdict.Measured} | {verdict.Reached switch { true => "reached", false => "**MISSED**", null => "" }} |\n");
        foreach (var failure in failures)
            text.Append(CultureInfo.InvariantCulture, $"\n**{failure}**\n");

        text.Append("\n## Results\n\nRates are in messages, requests, streams, appends, loads or events per second, p50, p99 and max in milliseconds.\n");
        text.Append("\n| Workload | Side | Metric | Median | Min | Max | n |\n|---|---|---|---:|---:|---:|---:|\n");
        foreach (var side in run.BySide)
        {
            foreach (var metric in side.SelectMany(r => r.Values.Keys).Distinct())
            {
                var summary = run.Of(side.Key.Workload, side.Key.Side, metric)!;
                text.Append(CultureInfo.InvariantCulture, $"| {side.Key.Workload} | {side.Key.Side} | {metric} | {Figures.Text(summary.Median)} | {Figures.Text(summary.Min)} | {Figures.Text(summary.Max)} | {summary.Sorted.Length} |\n");
            }
        }

        text.Append("\n## Payloads and programs\n\n| Workload | Side | Payload | Program |\n|---|---|---|---|\n");
        foreach (var side in run.BySide)
            text.Append(CultureInfo.InvariantCulture, $"| {side.Key.Workload} | {side.Key.Side} | {side.First().Payload} | `{side.First().Command}` |\n");
        return text.ToString();
    }
}
