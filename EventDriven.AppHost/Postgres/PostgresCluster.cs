using System.Diagnostics;

namespace EventDriven.AppHost;

/// <summary>The files of one PostgreSQL server, made once by initdb.</summary>
internal sealed class PostgresCluster(string directory)
{
    public string Data { get; } = Path.Combine(directory, "data");

    public async Task Initialize(string binaries, string password, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Data)) return;
        var (unfinished, passwordFile) = (Path.Combine(directory, "unfinished"), Path.Combine(directory, "password"));
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(directory);
        OwnFiles.Write(passwordFile, password);
        if (Unprivileged.IsNeeded) await Run(["chown", "-R", Unprivileged.User, directory], cancellationToken);

        await Run(
            [
                .. Unprivileged.Prefix, Path.Combine(binaries, "initdb"), "-D", unfinished, "--username=postgres", $"--pwfile={passwordFile}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions",
            ], cancellationToken);
        File.Delete(passwordFile);
        // The name says that it is complete: a run that ends in between starts over.
        Directory.Move(unfinished, Data);
    }

    private async Task Run(string[] command, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        await output;
        if (process.ExitCode != 0)
            throw new DistributedApplicationException($"PostgreSQL's data folder {directory} cannot be made: {(await error).Trim()}");
    }
}
