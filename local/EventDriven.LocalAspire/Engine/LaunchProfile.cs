using System.Text.Json;

namespace Aspire.Hosting.Engine;

/// <summary>The profile of a project's launchSettings.json that <c>dotnet run</c> would take.</summary>
internal sealed record LaunchProfile(IReadOnlyList<Uri> Urls, IReadOnlyDictionary<string, string> EnvironmentVariables)
{
    private static readonly LaunchProfile None = new([], new Dictionary<string, string>(StringComparer.Ordinal));

    public static LaunchProfile Of(string projectPath, string? profileOfAppHost)
    {
        var file = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(file)) return None;

        using var settings = JsonDocument.Parse(File.ReadAllBytes(file));
        var profiles = settings.RootElement.GetProperty("profiles").EnumerateObject()
            .Where(candidate => candidate.Value.GetProperty("commandName").ValueEquals("Project"))
            .ToArray();
        if (profiles.Length == 0) return None;

        var profile = Array.Find(profiles, candidate => candidate.NameEquals(profileOfAppHost ?? "")).Value;
        if (profile.ValueKind == JsonValueKind.Undefined) profile = profiles[0].Value;
        return new LaunchProfile(
            profile.TryGetProperty("applicationUrl", out var urls) ? [.. urls.GetString()!.Split(';').Select(url => new Uri(url))] : [],
            profile.TryGetProperty("environmentVariables", out var variables)
                ? variables.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString()!, StringComparer.Ordinal)
                : None.EnvironmentVariables);
    }
}
