using System.Security.Cryptography;

namespace EventDriven.Experiments.Laboratory;

/// <summary>What a service of the system runs from.</summary>
internal static class Binaries
{
    /// <summary>One hash over the files that a service was built to, by their names and contents.</summary>
    /// <param name="project">Its project's name, as <c>Signup</c>.</param>
    public static string Hash(string project)
    {
        // The configuration's folder is called as that of this program.
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var folder = Path.Combine(Repository.Root, "services", "artifacts", "bin", project, configuration);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(folder, "*.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetRelativePath(folder, file)));
            hash.AppendData(File.ReadAllBytes(file));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
