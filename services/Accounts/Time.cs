using System.Globalization;
using System.Text.RegularExpressions;

namespace EventDriven.Accounts;

/// <summary>Reads times as the contract has them: RFC 3339, with the offset, so that nobody guesses whose clock is meant.</summary>
internal static partial class Time
{
    /// <summary>A + that was not escaped in a query arrives as a space.</summary>
    public static bool TryRead(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, out time) & Rfc3339().IsMatch(text.Replace(' ', '+'));

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex Rfc3339();
}
