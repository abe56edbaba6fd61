using System.Globalization;
using EventDriven.Dashboard.Ingest.Otlp;

namespace EventDriven.Dashboard.Ingest;

/// <summary>Attributes by name, the first of several names that is there.</summary>
internal readonly struct Attributes(IReadOnlyList<KeyValue> values)
{
    public string? this[params ReadOnlySpan<string> names]
    {
        get
        {
            foreach (var name in names)
            {
                foreach (var value in values)
                {
                    if (string.Equals(value.Key, name, StringComparison.Ordinal) && Text(value.Value) is { Length: > 0 } text)
                        return text;
                }
            }

            return null;
        }
    }

    /// <summary>All of them as one text, whatever their order.</summary>
    public string Fingerprint => string.Join('\n', values.Select(value => $"{value.Key}={Text(value.Value)}").Order(StringComparer.Ordinal));

    private static string? Text(AnyValue? value) => value?.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };
}
