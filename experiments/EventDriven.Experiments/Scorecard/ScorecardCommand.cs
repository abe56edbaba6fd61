using System.Globalization;
using EventDriven.Experiments.Results;
using Spectre.Console;

namespace EventDriven.Experiments.Scorecard;

/// <summary>"Should this be an event?": asks what was not given, and answers with what was measured.</summary>
internal static class ScorecardCommand
{
    public const string Usage = """
        scorecard [--answer now|soon|no] [--order none|one|services] [--work tiny|short|long]
                  [--who one|several|later] [--team one-service|no-tracing|equipped] [--results DIR]
        """;

    private static readonly Question<AnswerNeeded> Answer = new("--answer", "Is an answer needed now?",
        [("now", AnswerNeeded.Now, "Yes: nothing can go on without it"), ("soon", AnswerNeeded.Soon, "Within minutes"), ("no", AnswerNeeded.No, "Nobody waits")]);

    private static readonly Question<OrderNeeded> Order = new("--order", "Does it matter what came first?",
        [("none", OrderNeeded.None, "No"), ("one", OrderNeeded.OfOneThing, "Among what happens to one thing, as an order"), ("services", OrderNeeded.AcrossServices, "Between what several services say")]);

    private static readonly Question<WorkSize> Work = new("--work", "How much is there to do?",
        [("tiny", WorkSize.Tiny, "Less than 10 ms"), ("short", WorkSize.Short, "Up to a second"), ("long", WorkSize.Long, "Longer, or somebody outside has a part in it")]);

    private static readonly Question<Listeners> Who = new("--who", "Who has to know?",
        [("one", Listeners.One, "One service, and it is clear which"), ("several", Listeners.Several, "Several"), ("later", Listeners.NotKnownYet, "More will come that nobody knows yet")]);

    private static readonly Question<Team> Team = new("--team", "Who builds and runs it?",
        [("one-service", Scorecard.Team.OneService, "One team with one service and one database"), ("no-tracing", Scorecard.Team.WithoutTracing, "Several services, and messages cannot be followed yet"), ("equipped", Scorecard.Team.Equipped, "Several services, messages can be followed, somebody looks after the broker")]);

    /// <summary>False when an option has a value that it cannot have.</summary>
    public static async Task<bool> Run(string[] options, string results)
    {
        if (Answer.Of(options) is not { } answer || Order.Of(options) is not { } order || Work.Of(options) is not { } work || Who.Of(options) is not { } who || Team.Of(options) is not { } team)
            return false;
        var advice = Advice.Of(new(answer, order, work, who, team));
        AnsiConsole.MarkupLineInterpolated($"[bold]{advice.Says}[/]");
        foreach (var reason in advice.Reasons)
            AnsiConsole.MarkupLineInterpolated($"  - {reason.Says}. [grey]{await Measured(reason, results)}[/]");
        return true;
    }

    private static async Task<string> Measured(Reason reason, string results)
    {
        var file = Path.Combine(results, reason.Experiment + ".json");
        if (!File.Exists(file))
            return $"Not measured here yet: run {reason.Experiment}.";
        var result = await Result.Read(file, CancellationToken.None);
        return result.Measures.TryGetValue(reason.Measure, out var number)
            ? string.Create(CultureInfo.InvariantCulture, $"Measured by {reason.Experiment}: {reason.Measure}: {number:0.###}.")
            : $"{reason.Experiment} did not measure '{reason.Measure}'.";
    }
}

/// <summary>One question with its answers, by option or by asking.</summary>
internal sealed record Question<T>(string Option, string Asks, IReadOnlyList<(string Word, T Value, string Says)> Choices) where T : struct, Enum
{
    /// <summary>Null when what was given is none of the choices, or nothing was given and nobody can be asked.</summary>
    public T? Of(string[] options)
    {
        var at = Array.IndexOf(options, Option);
        if (at >= 0)
            return at + 1 < options.Length && Choices.Where(c => c.Word == options[at + 1]).Select(c => (T?)c.Value).FirstOrDefault() is { } chosen ? chosen : null;
        if (!AnsiConsole.Profile.Capabilities.Interactive)
            return null;
        var says = AnsiConsole.Prompt(new SelectionPrompt<string>().Title(Asks).AddChoices(Choices.Select(c => c.Says)));
        return Choices.Single(c => c.Says == says).Value;
    }
}
