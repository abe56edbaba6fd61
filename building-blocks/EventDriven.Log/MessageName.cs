using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EventDriven.Log;

/// <summary>A type's stable name in its two parts: <c>orders.order-placed</c> and <c>.v1</c>.</summary>
internal readonly partial record struct MessageName(string Family, int Version)
{
    public static MessageName Parse(string name) => TryParse(name, out var parsed)
        ? parsed.Value
        : throw new ArgumentException($"'{name}' is no name of a message type: lower case, dots, hyphens, and its version at the end, as in orders.order-placed.v1.", nameof(name));

    public static bool TryParse(string name, [NotNullWhen(true)] out MessageName? parsed)
    {
        var match = Shape().Match(name);
        parsed = match.Success && int.TryParse(match.Groups["version"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new MessageName(match.Groups["family"].Value, version)
            : null;
        return parsed is not null;
    }

    [GeneratedRegex(@"\A(?<family>[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)+)\.v(?<version>[1-9][0-9]{0,8})\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Shape();
}
