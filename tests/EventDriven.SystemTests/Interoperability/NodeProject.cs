using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace EventDriven.SystemTests.Interoperability;

/// <summary>The programs in <c>tests/interop</c>: JavaScript with the libraries that others would take.</summary>
internal static class NodeProject
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(90);
    private static readonly string Folder = Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", "interop"));
    private static readonly Lazy<Task> Installed = new(Install);

    public static bool IsAvailable { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "node")) || File.Exists(Path.Combine(folder, "node.exe")));

    /// <summary>Runs a program, and returns the JSON that it printed.</summary>
    public static async Task<JsonArray> Run(string program, string input, params string[] arguments)
    {
        await Installed.Value;
        return JsonNode.Parse(await Start("node", input, [program, .. arguments]))!.AsArray();
    }

    private static async Task Install()
    {
        // npm leaves this file when it is done: an install that was cut short is made again.
        var done = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
        if (!done.Exists || done.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
            await Start(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "", ["ci", "--no-audit", "--no-fund"]);
    }

    private static async Task<string> Start(string file, string input, IEnumerable<string> arguments)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Within);
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
            await process.StandardInput.WriteAsync(input.AsMemory(), timeout.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
            Assert.True(process.ExitCode == 0, $"{file} {string.Join(' ', arguments)}: {await errors}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
