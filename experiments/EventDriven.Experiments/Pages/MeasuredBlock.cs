using System.Globalization;
using System.Text;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Pages;

/// <summary>What a page shows of the last run. It stands between two markers; around them the page is written by hand.</summary>
internal static class MeasuredBlock
{
    public const string Begin = "<!-- measured: what is between these two lines is written by the command 'pages' -->", End = "<!-- measured: end -->";

    /// <summary>The block of one experiment's page.</summary>
    public static string Of(Result result)
    {
        var block = new StringBuilder();
        Add($"Measured {result.At:yyyy-MM-dd}, {(result.IsShort ? "short form" : "full form")}, in {result.Seconds:0} s, at commit `{result.Commit}`, on {result.Machine}:");
        Add($"");
        Add($"| Claim | Line | Measured | Verdict |");
        Add($"|---|---|---|---|");
        foreach (var verdict in result.Verdicts)
            Add($"| {verdict.Claim.Says} | {verdict.Claim.Line} | {verdict.Measured:#,0.###} {verdict.Claim.Unit} | {Verdict(verdict)} |");
        Add($"");
        Add($"![{result.Chart.Title}](results/{result.Name}.svg)");
        Add($"");
        foreach (var note in result.Notes)
            Add($"- {note}");
        if (result.Notes.Count > 0)
            Add($"");
        Add($"Again: `{result.Command}`. Every sample is in [results/{result.Name}.json](results/{result.Name}.json).");
        return block.ToString();

        void Add(FormattableString line) => block.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>The block of the index: every experiment in a line.</summary>
    public static string Index(IEnumerable<Result> results)
    {
        var block = new StringBuilder("| Experiment | Claims that held | Form | When |\n|---|---|---|---|\n");
        foreach (var result in results)
        {
            block.Append(CultureInfo.InvariantCulture,
                $"| [{result.Title}]({result.Name}.md) | {result.Verdicts.Count(v => v.Held)} of {result.Verdicts.Count} | {(result.IsShort ? "short" : "full")} | {result.At:yyyy-MM-dd} |\n");
        }
        return block.ToString();
    }

    /// <summary>The page with this block in place of the one before.</summary>
    /// <exception cref="InvalidOperationException">The page has not both markers.</exception>
    public static string Into(string page, string block)
    {
        var (from, to) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        return from >= 0 && to > from
            ? page[..(from + Begin.Length)] + "\n\n" + block + "\n" + page[to..]
            : throw new InvalidOperationException($"The page has no two markers:\n{Begin}\n{End}");
    }

    // A miss stays in sight, with how far it was off.
    private static string Verdict(Verdict verdict) => verdict.Held
        ? "held"
        : string.Create(CultureInfo.InvariantCulture, $"**did not hold**, off by {-verdict.Margin:0.###}");
}
