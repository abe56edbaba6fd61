using System.Text.Json;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>What every message and row of both sides holds.</summary>
internal static class Payload
{
    /// <summary>With its number in front: about 300 bytes of JSON per message.</summary>
    public static string Pad { get; } = new('x', 280);

    /// <summary>The business row's JSON.</summary>
    public const string Row = """{"customer":"c-123","qty":3,"price":12.5}""";

    /// <summary>The body of an HTTP request.</summary>
    public static string Request { get; } = $$"""{"customer":"c-123","qty":3,"price":12.5,"note":"{{new string('x', 70)}}"}""";

    public static int Size { get; } = JsonSerializer.SerializeToUtf8Bytes(new { Seq = 10_000, Pad }, JsonSerializerOptions.Web).Length;

    /// <summary>A message's number: the first in its JSON. Null where there is none.</summary>
    public static int? NumberIn(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.Number)
                    return reader.GetInt32();
            }
        }
        catch (JsonException)
        {
            // none of ours
        }
        return null;
    }
}
