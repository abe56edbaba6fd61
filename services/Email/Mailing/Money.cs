using System.Globalization;

namespace EventDriven.Email.Mailing;

/// <summary>Money as a person reads it: minor units become 42.00 EUR.</summary>
internal static class Money
{
    private static readonly string[] WithoutMinor = ["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND"];
    private static readonly string[] WithThousandth = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

    public static string Text(long minor, string currency)
    {
        var digits = WithoutMinor.Contains(currency) ? 0 : WithThousandth.Contains(currency) ? 3 : 2;
        var amount = new decimal(minor) / (decimal)Math.Pow(10, digits);
        return $"{amount.ToString("F" + digits, CultureInfo.InvariantCulture)} {currency}";
    }
}
