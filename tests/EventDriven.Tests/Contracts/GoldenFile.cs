using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.Messaging.AsyncApi;

namespace EventDriven.Tests.Contracts;

/// <summary>One version of a contract as it was promised: its topic (none where it is private), the shape of its data, and a sample of it.</summary>
internal sealed record GoldenFile(string? Topic, JsonNode Shape, JsonNode Sample)
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // read by people; it never meets a browser
    };

    public static string Folder { get; } = Path.Combine(SourceFolder(), "Golden");

    /// <summary>What a version is today, with a sample made from its shape.</summary>
    public static GoldenFile Today(MessageType type, MessageVersion version)
    {
        var shape = PayloadSchema.Of(version.ClrType);
        return new(type.Topic, shape, SampleOf(shape));
    }

    public static string PathOf(string name) => Path.Combine(Folder, name + ".json");

    public static GoldenFile Load(string name) => JsonSerializer.Deserialize<GoldenFile>(File.ReadAllText(PathOf(name)), Readable)!;

    /// <summary>Writes a new file; one that is there is never touched.</summary>
    public void Create(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew);
        JsonSerializer.Serialize(file, this, Readable);
        file.WriteByte((byte)'\n');
    }

    /// <summary>How today differs from what was promised; empty when it does not.</summary>
    public IEnumerable<string> Broken(GoldenFile today)
    {
        if (Topic != today.Topic)
            yield return $"topic: {Topic ?? "none"} was promised, it is {today.Topic ?? "none"}";
        foreach (var difference in Differences("data", Shape, today.Shape))
            yield return difference;
    }

    private static IEnumerable<string> Differences(string where, JsonNode? promised, JsonNode? now) => (promised, now) switch
    {
        (JsonObject a, JsonObject b) => a.Select(p => p.Key).Union(b.Select(p => p.Key)).SelectMany(key => Differences($"{where}.{key}", a[key], b[key])),
        _ when JsonNode.DeepEquals(promised, now) => [],
        _ => [$"{where}: {promised?.ToJsonString() ?? "nothing"} was promised, it is {now?.ToJsonString() ?? "nothing"}"],
    };

    private static JsonNode SampleOf(JsonNode shape)
    {
        if (shape["enum"] is JsonArray { Count: > 0 } values)
            return values[0]!.DeepClone();
        return (shape["type"] is JsonArray types ? types[0] : shape["type"])?.GetValue<string>() switch
        {
            "object" when shape["properties"] is JsonObject fields => new JsonObject(fields.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Key, SampleOf(f.Value!)))),
            "object" when shape["additionalProperties"] is { } value => new JsonObject { ["key"] = SampleOf(value) },
            "object" => new JsonObject(),
            "array" => new JsonArray(SampleOf(shape["items"]!)),
            "string" => (shape["format"] ?? shape["contentEncoding"])?.GetValue<string>() switch
            {
                "uuid" => "0199c0de-0000-7000-8000-000000000001",
                "date-time" => "2030-01-01T12:00:00+00:00",
                "date" => "2030-01-01",
                "base64" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd",
                _ => "text",
            },
            "integer" => 1,
            "number" => 1.5,
            "boolean" => true,
            var other => throw new NotSupportedException($"No sample is known for a {other ?? "value of any type"}: {shape.ToJsonString()}"),
        };
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
