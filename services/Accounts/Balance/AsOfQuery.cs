using EventDriven.EventSourcing;

namespace EventDriven.Accounts.Balance;

/// <summary>Reads which state is asked for.</summary>
internal static class AsOfQuery
{
    public static bool TryRead(long? version, string? at, string? effective, DateTimeOffset now, out AsOf asOf, out Dictionary<string, string[]> problems)
    {
        problems = [];
        var (recordedBy, effectiveBy) = (Time.Read("at", at, problems), Time.Read("effective", effective, problems));
        if (version is not null && (at ?? effective) is not null)
            problems["version"] = ["A version goes with neither at nor effective."];
        else if (version < 0)
            problems["version"] = ["The first version is 0."];
        if (recordedBy > now)
            problems["at"] = ["What will be recorded is not known yet."];
        asOf = version is { } last ? AsOf.Version(last) : (recordedBy ?? effectiveBy) is null ? AsOf.Now : AsOf.Time(recordedBy, effectiveBy, withFirst: true);
        return problems.Count == 0;
    }
}
