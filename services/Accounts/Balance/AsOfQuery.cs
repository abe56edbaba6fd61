using EventDriven.EventSourcing;

namespace EventDriven.Accounts.Balance;

/// <summary>Reads which state is asked for.</summary>
internal static class AsOfQuery
{
    public static bool TryRead(long? version, string? at, string? effective, DateTimeOffset now, out AsOf asOf, out Dictionary<string, string[]> problems)
    {
        problems = [];
        var (recordedBy, effectiveBy) = (Read("at", at, problems), Read("effective", effective, problems));
        if (version is not null && (at ?? effective) is not null)
            problems["version"] = ["A version goes with neither at nor effective."];
        else if (version < 0)
            problems["version"] = ["The first version is 0."];
        if (recordedBy > now)
            problems["at"] = ["What will be recorded is not known yet."];
        asOf = version is { } last ? AsOf.Version(last) : (recordedBy ?? effectiveBy) is null ? AsOf.Now : AsOf.Time(recordedBy, effectiveBy);
        return problems.Count == 0;
    }

    private static DateTimeOffset? Read(string name, string? text, Dictionary<string, string[]> problems)
    {
        if (text is null)
            return null;
        if (Time.TryRead(text, out var time))
            return time;
        problems[name] = ["It is a time in RFC 3339 with its offset, for example 2030-01-01T12:00:00Z."];
        return null;
    }
}
