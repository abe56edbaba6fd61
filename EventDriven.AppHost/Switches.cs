namespace EventDriven.AppHost;

/// <summary>A switch without a value would swallow the argument after it: configuration reads pairs.</summary>
internal static class Switches
{
    public static string[] WithValues(string[] args) => [.. args.Select(arg => arg is "--reset" or "--verbose" ? $"{arg}=true" : arg)];
}
