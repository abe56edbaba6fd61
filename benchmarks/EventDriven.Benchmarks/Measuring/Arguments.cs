using System.Globalization;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>What a program was asked to do: <c>workload --name value --flag</c>.</summary>
internal sealed class Arguments(string[] args)
{
    public string Workload => args is [var first, ..] ? first : "";

    /// <summary>As it can be typed again, without the folders of this machine.</summary>
    public string Command { get; } = string.Join(' ', args.Select(a => a.Contains(Path.DirectorySeparatorChar) ? Path.GetFileName(a) : a)
        .Prepend(AppDomain.CurrentDomain.FriendlyName));

    public string Text(string name, string otherwise) => ValueOf(name) ?? otherwise;

    public string Text(string name) => ValueOf(name) ?? throw new ArgumentException($"--{name} is missing.", nameof(name));

    public int Number(string name, int otherwise) => ValueOf(name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    public bool Has(string flag) => Array.IndexOf(args, "--" + flag) >= 0;

    /// <summary>Everything after a lone <c>--</c>: another program's command line.</summary>
    public string[] Rest => Array.IndexOf(args, "--") is >= 0 and var at ? args[(at + 1)..] : [];

    private string? ValueOf(string name)
    {
        var at = Array.IndexOf(args, "--" + name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
