using System.Globalization;
using EventDriven.Log;

namespace EventDriven.EventSourcing.Projections.Freshness;

/// <summary>Reads which writes an answer should include.</summary>
internal static class Includes
{
    private const int Most = 16;

    public static IReadOnlyList<AppendResult> Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return [];
        var writes = text.Split(',');
        return writes.Length <= Most
            ? [.. writes.Select(One)]
            : throw new IncludesException($"An answer can wait for {Most} writes at most.", isUnknown: false);
    }

    private static AppendResult One(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && StreamName.TryParse(text[..colon], out var stream)
            && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new(stream.ToString(), version)
            : throw new IncludesException("includes names writes as X-Stream-Version does: stream:version, several with commas between.", isUnknown: false);
    }
}
