using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Following;

/// <summary>
/// A program that reads: one JSON object per line, <c>kind</c> first. While values come, the picture of them so far is drawn anew twice a
/// second at most; whoever reads shows it as it is.
/// </summary>
internal sealed class Lines(TextWriter output) : IFollower
{
    private const int MostPoints = 2_000; // of one series; then every second one is left out
    private static readonly TimeSpan DrawsEvery = TimeSpan.FromMilliseconds(500);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Point>> _seen = [];
    private string _title = "";
    private long _began, _drawn;

    public void Begins(IExperiment experiment)
    {
        lock (_gate)
        {
            _seen.Clear();
            (_title, _began, _drawn) = (experiment.Title, Stopwatch.GetTimestamp(), 0);
        }
        Write(new("begins") { Text = experiment.Name });
    }

    public void Says(string progress) => Write(new("says") { Text = progress });

    public void Sees(string series, double value)
    {
        lock (_gate)
        {
            if (!_seen.TryGetValue(series, out var points))
                _seen[series] = points = [];
            points.Add(new(Math.Round(Stopwatch.GetElapsedTime(_began).TotalSeconds, 2), value));
            if (points.Count > MostPoints)
                _seen[series] = [.. points.Where(static (_, n) => n % 2 == 0)];
            if (_drawn != 0 && Stopwatch.GetElapsedTime(_drawn) < DrawsEvery)
                return;
            _drawn = Stopwatch.GetTimestamp();
            Write(new("sees") { Svg = ChartDrawing.Draw(new(_title, "seconds since it began", "", [.. _seen.Select(static s => new Series(s.Key, s.Value))])) });
        }
    }

    public void Ends(Result result) => Write(new("ends")
    {
        Text = string.Create(CultureInfo.InvariantCulture, $"{result.Seconds:0} s, on {result.Machine}"),
        Svg = ChartDrawing.Draw(result.Chart),
        Verdicts = [.. result.Verdicts.Select(static v => new VerdictLine(v.Claim.Says, v.Claim.Line, string.Create(CultureInfo.InvariantCulture, $"{v.Measured:#,0.###} {v.Claim.Unit}"), v.Held))],
        Notes = result.Notes,
    });

    public void Crashed(IExperiment experiment, Exception failure) => Write(new("crashed") { Text = failure.Message });

    private void Write(Line line)
    {
        lock (_gate)
            output.WriteLine(JsonSerializer.Serialize(line, Json));
    }

    private sealed record Line(string Kind)
    {
        public string? Text { get; init; }

        public string? Svg { get; init; }

        public IReadOnlyList<VerdictLine>? Verdicts { get; init; }

        public IReadOnlyList<string>? Notes { get; init; }
    }

    private sealed record VerdictLine(string Says, string Line, string Measured, bool Held);
}
