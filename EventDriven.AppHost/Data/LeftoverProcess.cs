using System.Diagnostics;
using System.Globalization;

namespace EventDriven.AppHost;

internal static class LeftoverProcess
{
    /// <summary>The living process whose id stands in the first line of the file.</summary>
    public static Process? Of(string file)
    {
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var id)) return null;
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null; // It has ended.
        }
    }
}
