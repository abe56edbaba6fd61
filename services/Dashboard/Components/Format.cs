using System.Globalization;

namespace EventDriven.Dashboard.Components;

/// <summary>Numbers and times as people read them.</summary>
internal static class Format
{
    public static string Rate(double perSecond) => perSecond switch
    {
        < 0.005 => "0/s",
        < 0.095 => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.00}/s"),
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.0}/s"),
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{perSecond:N0}/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{perSecond / 1000:0.0}k/s"),
    };

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 1 } => "<1 ms",
        { TotalMilliseconds: < 9.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms"),
        { TotalSeconds: < 0.9995 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days"),
    };

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Bytes(double bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} bytes"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000:0.#} KB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000_000:0.#} GB"),
    };

    public static string Count(decimal count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>For what may be days old.</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("d MMM HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Messages(long count) => count == 1 ? "1 message" : $"{Count(count)} messages";

    public static string Keys(long count) => count == 1 ? "1 key" : $"{Count(count)} keys";

    public static string Clipped(string text, int length) => text.Length <= length ? text : $"{text[..(length - 1)]}…";

    /// <summary>"signup.user-signed-up.v1" is "user signed up" to a reader.</summary>
    public static string Type(string type)
    {
        var parts = type.Split('.');
        return (parts.Length > 1 ? parts[1] : type).Replace('-', ' ');
    }
}
