using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventDriven.Log.PersonalData;

/// <summary>
/// A personal field as it is stored and sent: encrypted under its subject's key. Without the key it says nothing, so destroying
/// the key forgets every copy. JSON: base64 of nonce (12 bytes), ciphertext and tag (16 bytes).
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed record PersonalText
{
    internal PersonalText(byte[] box) => Box = box;

    internal byte[] Box { get; }

    /// <inheritdoc/>
    public bool Equals(PersonalText? other) => other is not null && Box.AsSpan().SequenceEqual(other.Box);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Box);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => "(encrypted)";

    private sealed class Converter : JsonConverter<PersonalText>
    {
        public override PersonalText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetBytesFromBase64());

        public override void Write(Utf8JsonWriter writer, PersonalText value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value.Box);
    }
}
