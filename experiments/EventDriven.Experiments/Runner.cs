using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;
using Spectre.Console;

namespace EventDriven.Experiments;

/// <summary>Runs experiments one after the other on one lab, judges and writes down. A claim that does not hold is a result; a crash is a failure.</summary>
internal sealed class Runner(bool isShort, string folder)
{
    public async Task<int> Run(IReadOnlyList<IExperiment> chosen)
    {
        var crashed = 0;
        await using var lab = new Lab(isShort, Environment.GetEnvironmentVariable("KAFKA_HOME") ?? "", progress => AnsiConsole.MarkupLineInterpolated($"[grey]  {progress}[/]"));
        foreach (var experiment in chosen)
        {
            AnsiConsole.MarkupLineInterpolated($"[bold]{experiment.Name}[/]: {experiment.Title}");
            try
            {
                Show(await Run(experiment, lab));
            }
            catch (Exception failure) // the others still run; the exit code says that one did not
            {
                crashed++;
                AnsiConsole.MarkupLineInterpolated($"[red]{experiment.Name} crashed:[/] {failure}");
            }
        }
        return crashed == 0 ? 0 : 1;
    }

    private async Task<Result> Run(IExperiment experiment, Lab lab)
    {
        var started = Stopwatch.GetTimestamp();
        var observations = await experiment.Run(lab, CancellationToken.None);
        var verdicts = experiment.Claims.Select(claim => observations.Measures.TryGetValue(claim.Measure, out var measured)
            ? claim.Judge(measured)
            : throw new InvalidOperationException($"{experiment.Name} claims something about '{claim.Measure}' and has not measured it.")).ToArray();
        var result = new Result(
            experiment.Name, experiment.Title, experiment.Story, isShort, TimeProvider.System.GetUtcNow(), Machine(lab), Commit(),
            $"dotnet run --project experiments/EventDriven.Experiments -- run {experiment.Name}{(isShort ? " --short" : "")}",
            Stopwatch.GetElapsedTime(started).TotalSeconds, verdicts, observations.Measures, observations.Samples, observations.Notes, observations.Chart);
        await result.Write(folder, CancellationToken.None);
        return result;
    }

    private static void Show(Result result)
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

    private static string Machine(Lab lab) =>
        $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024 * 1024)} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, {(lab.IsApacheKafka ? "Apache Kafka" : "in-memory broker")}";

    /// <summary>The commit of the checkout that it runs in.</summary>
    private static string Commit()
    {
        using var git = Process.Start(new ProcessStartInfo("git", "rev-parse --short HEAD") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false });
        var commit = git?.StandardOutput.ReadToEnd().Trim();
        return string.IsNullOrEmpty(commit) ? "unknown" : commit;
    }
}
