using System.Collections.Immutable;
using System.Text.Json;

namespace EventDriven.Dashboard.Experiments;

/// <summary>What an experiment is about, and what it claims before anything is measured.</summary>
public sealed record Experiment(string Name, string Title, string Story, IReadOnlyList<ExperimentClaim> Claims);

/// <summary>A claim in plain words, and the line that a measured number has to keep to.</summary>
public sealed record ExperimentClaim(string Says, string Line);

/// <summary>What became of a claim.</summary>
public sealed record ExperimentVerdict(string Says, string Line, string Measured, bool Held);

/// <summary>How far a run is.</summary>
public enum RunState
{
    /// <summary>It goes on.</summary>
    Running,

    /// <summary>It came to its end, whatever it found.</summary>
    Ended,

    /// <summary>It did not come to its end.</summary>
    Crashed,

    /// <summary>Somebody stopped it.</summary>
    Stopped,
}

/// <summary>One run of an experiment as its program has told it so far.</summary>
public sealed record ExperimentRun(string Name, bool IsShort, DateTimeOffset Began)
{
    private const int MostSteps = 200;

    public RunState State { get; init; }

    /// <summary>What it did, the last step last.</summary>
    public ImmutableArray<string> Steps { get; init; } = [];

    /// <summary>The picture of what it has measured, as SVG; null until it has measured something.</summary>
    public string? Picture { get; init; }

    public IReadOnlyList<ExperimentVerdict> Verdicts { get; init; } = [];

    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How long it took and on what, or why it crashed.</summary>
    public string? Outcome { get; init; }

    /// <summary>The run after one more line of its program: a JSON object, or what is said before it begins.</summary>
    public ExperimentRun After(string line)
    {
        if (!line.StartsWith('{'))
            return string.IsNullOrWhiteSpace(line) ? this : Step(line.Trim());
        var told = JsonSerializer.Deserialize<Told>(line, JsonSerializerOptions.Web)!;
        return told.Kind switch
        {
            "says" => Step(told.Text ?? ""),
            "sees" => this with { Picture = told.Svg },
            "ends" => this with { State = RunState.Ended, Outcome = told.Text, Picture = told.Svg, Verdicts = told.Verdicts ?? [], Notes = told.Notes ?? [] },
            "crashed" => this with { State = RunState.Crashed, Outcome = told.Text },
            _ => this,
        };
    }

    /// <summary>The run after its program is gone: what has not ended has crashed.</summary>
    public ExperimentRun AfterExit(int code) => State is RunState.Running
        ? this with { State = RunState.Crashed, Outcome = $"Its program ended with {code} before it had a result. What it said last: {Steps.LastOrDefault() ?? "nothing"}" }
        : this;

    private ExperimentRun Step(string text) => this with { Steps = Steps.Length < MostSteps ? Steps.Add(text) : Steps.RemoveAt(0).Add(text) };

    private sealed record Told(string Kind)
    {
        public string? Text { get; init; }

        public string? Svg { get; init; }

        public IReadOnlyList<ExperimentVerdict>? Verdicts { get; init; }

        public IReadOnlyList<string>? Notes { get; init; }
    }
}
