using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventDriven.Log;

/// <summary>A type's stable name in its two parts: <c>orders.order-placed</c> and <c>.v1</c>.</summary>
internal readonly record struct MessageName(string Family, int Version)
{
    private const string BeforeVersion = ".v";
    private const int MostDigits = 9;

    public static MessageName Parse(string name) => TryParse(name, out var parsed)
        ? parsed.Value
        : throw new ArgumentException($"'{name}' is no name of a message type: lower case, dots, hyphens, and its version at the end, as in orders.order-placed.v1.", nameof(name));

    // By hand: a regular expression that gives up after a time would take a process that was stopped meanwhile for a bad name.
    public static bool TryParse(string name, [NotNullWhen(true)] out MessageName? parsed)
    {
        var end = name.LastIndexOf(BeforeVersion, StringComparison.Ordinal);
        parsed = end > 0 && IsFamily(name[..end]) && Version(name.AsSpan(end + BeforeVersion.Length)) is { } version
            ? new MessageName(name[..end], version)
            : null;
        return parsed is not null;

        static int? Version(ReadOnlySpan<char> digits) =>
            digits.Length <= MostDigits && !digits.StartsWith('0') && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
    }

    private static bool IsFamily(string family)
    {
        var parts = family.Split('.');
        return parts.Length > 1 && parts.All(part => part.Length > 0 && char.IsAsciiLetterLower(part[0]) && part.Split('-').All(IsWord));

        static bool IsWord(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));
    }
}
