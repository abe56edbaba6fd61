using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventDriven.Experiments.Results;

/// <summary>One run of one experiment as it is kept: the claims as they stood before it, what was measured, on what.</summary>
internal sealed record Result(
    string Name, string Title, string Story, bool IsShort, DateTimeOffset At, string Machine, string Commit, string Command, double Seconds,
    IReadOnlyList<Verdict> Verdicts, IReadOnlyDictionary<string, double> Measures, IReadOnlyDictionary<string, IReadOnlyList<double>> Samples,
    IReadOnlyList<string> Notes, Chart Chart)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Whether every claim held.</summary>
    public bool Held => Verdicts.All(v => v.Held);

    /// <summary>Writes the result and its picture beside each other.</summary>
    public async Task Write(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, Name + ".json"), JsonSerializer.Serialize(this, Json) + "\n", ct);
        await File.WriteAllTextAsync(Path.Combine(folder, Name + ".svg"), ChartDrawing.Draw(Chart), ct);
    }

    /// <summary>Reads what an earlier run has written.</summary>
    public static async Task<Result> Read(string path, CancellationToken ct)
    {
        await using var file = File.OpenRead(path);
        return (await JsonSerializer.DeserializeAsync<Result>(file, Json, ct))!;
    }
}
