using System.Globalization;
using System.Text.RegularExpressions;

namespace EventDriven.Accounts;

/// <summary>Reads times as the contract has them: RFC 3339, with the offset, so that nobody guesses whose clock is meant.</summary>
internal static partial class Time
{
    /// <summary>A + that was not escaped in a query arrives as a space.</summary>
    public static bool TryRead(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, out time) & Rfc3339().IsMatch(text.Replace(' ', '+'));

    /// <summary>Reads a query's time; null where there is none, and where it is none, which is a problem.</summary>
    public static DateTimeOffset? Read(string name, string? text, Dictionary<string, string[]> problems)
    {
        if (text is null)
            return null;
        if (TryRead(text, out var time))
            return time;
        problems[name] = ["It is a time in RFC 3339 with its offset, for example 2030-01-01T12:00:00Z."];
        return null;
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex Rfc3339();
}
