using EventDriven.Experiments.Results;
using Spectre.Console;

namespace EventDriven.Experiments.Pages;

/// <summary>Writes what was measured into the pages, and nothing else of them.</summary>
internal static class PagesCommand
{
    public static async Task Run(string docs)
    {
        List<Result> results = [];
        foreach (var experiment in Catalogue.Experiments.All)
        {
            var (file, page) = (Path.Combine(docs, "results", experiment.Name + ".json"), Path.Combine(docs, experiment.Name + ".md"));
            if (!File.Exists(file))
            {
                AnsiConsole.MarkupLineInterpolated($"[yellow]{experiment.Name}: no result, the page stays as it is[/]");
                continue;
            }
            var result = await Result.Read(file, CancellationToken.None);
            results.Add(result);
            // How a chart is drawn may have changed since it was measured.
            await File.WriteAllTextAsync(Path.ChangeExtension(file, ".svg"), ChartDrawing.Draw(result.Chart));
            await Write(page, MeasuredBlock.Of(result));
        }
        await Write(Path.Combine(docs, "README.md"), MeasuredBlock.Index(results));
    }

    private static async Task Write(string page, string block) => await File.WriteAllTextAsync(page, MeasuredBlock.Into(await File.ReadAllTextAsync(page), block));
}
