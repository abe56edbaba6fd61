using System.Text.Json;
using EventDriven.Experiments.Following;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Pages;
using EventDriven.Experiments.Scorecard;
using Spectre.Console;

namespace EventDriven.Experiments;

/// <summary>What a person types.</summary>
internal static class CommandLine
{
    private const string Usage = $"""
        Usage: dotnet run --project experiments/EventDriven.Experiments -- <command>

          list [--json]                           what there is
          run <name …|all> [--short] [--out DIR]  runs them on a copy of the system of their own and writes DIR/<name>.json and .svg
              [--follow]                          tells a program how far it is, a JSON object per line; ends when its input ends
          pages                                   writes what is in docs/experiments/results into the pages beside it
          {ScorecardCommand.Usage}
                                                  "Should this be an event?", answered with what was measured; asks what is not given

        KAFKA_HOME=<Apache Kafka 4 folder> runs them on Apache Kafka, without it on the in-memory broker.
        """;

    public static async Task<int> Run(string[] args)
    {
        switch (args)
        {
            case ["list"]:
                AnsiConsole.Write(List());
                return 0;
            case ["list", "--json"]:
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(
                    Catalogue.Experiments.All.Select(static e => new { e.Name, e.Title, e.Story, Claims = e.Claims.Select(static c => new { c.Says, c.Line }) }), JsonSerializerOptions.Web));
                return 0;
            case ["run", .. var rest] when Find(rest) is { Count: > 0 } chosen:
                using (var told = new CancellationTokenSource())
                {
                    var follows = rest.Contains("--follow");
                    if (follows)
                        EndWithInput(told);
                    return await new Runner(rest.Contains("--short"), Value(rest, "--out") ?? "experiments-results", follows ? new Lines(Console.Out) : new Terminal()).Run(chosen, told.Token);
                }
            case ["pages"]:
                await PagesCommand.Run(Docs);
                return 0;
            case ["scorecard", .. var options] when await ScorecardCommand.Run(options, Value(options, "--results") ?? Path.Combine(Docs, "results")):
                return 0;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 64;
        }
    }

    // Whoever follows holds the other end: when they are gone, so is what they wanted.
    private static void EndWithInput(CancellationTokenSource told) => new Thread(() =>
    {
        while (Console.In.ReadLine() is not null)
        {
        }
        told.Cancel();
    })
    { IsBackground = true }.Start();

    private static string Docs => Path.Combine(Repository.Root, "docs", "experiments");

    private static string? Value(string[] options, string name) => Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;

    /// <summary>Null when there is a name that is none.</summary>
    private static List<IExperiment>? Find(string[] rest)
    {
        var out_ = Array.IndexOf(rest, "--out");
        var names = rest.Where((word, n) => !word.StartsWith("--", StringComparison.Ordinal) && (out_ < 0 || n != out_ + 1)).ToArray();
        if (names is ["all"])
            return [.. Catalogue.Experiments.All];
        List<IExperiment> found = [.. Catalogue.Experiments.All.Where(e => names.Contains(e.Name))];
        return found.Count == names.Length ? found : null;
    }

    private static Table List()
    {
        var table = new Table().AddColumns("Name", "What it shows", "Claims");
        foreach (var experiment in Catalogue.Experiments.All)
            table.AddRow(experiment.Name, experiment.Title.EscapeMarkup(), string.Join('\n', experiment.Claims.Select(c => $"{c.Says}: {c.Measure} {c.Line}")).EscapeMarkup());
        return table;
    }
}
