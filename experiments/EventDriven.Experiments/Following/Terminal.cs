using System.Globalization;
using EventDriven.Experiments.Results;
using Spectre.Console;

namespace EventDriven.Experiments.Following;

/// <summary>A person at a terminal.</summary>
internal sealed class Terminal : IFollower
{
    public void Begins(IExperiment experiment) => AnsiConsole.MarkupLineInterpolated($"[bold]{experiment.Name}[/]: {experiment.Title}");

    public void Says(string progress) => AnsiConsole.MarkupLineInterpolated($"[grey]  {progress}[/]");

    // The picture is drawn when it is complete.
    public void Sees(string series, double value)
    {
    }

    public void Ends(Result result)
    {
        var table = new Table().AddColumns("Claim", "Line", "Measured", "Verdict");
        foreach (var verdict in result.Verdicts)
        {
            table.AddRow(verdict.Claim.Says.EscapeMarkup(), verdict.Claim.Line.EscapeMarkup(),
                string.Create(CultureInfo.InvariantCulture, $"{verdict.Measured:0.###} {verdict.Claim.Unit}").EscapeMarkup(),
                verdict.Held ? "[green]held[/]" : "[red]did not hold[/]");
        }
        AnsiConsole.Write(table);
        foreach (var note in result.Notes)
            AnsiConsole.MarkupLineInterpolated($"  {note}");
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]  {result.Seconds:0} s; again: {result.Command}[/]");
    }

    public void Crashed(IExperiment experiment, Exception failure) => AnsiConsole.MarkupLineInterpolated($"[red]{experiment.Name} crashed:[/] {failure}");
}
