using System.ComponentModel;
using System.Diagnostics;

namespace Aspire.Hosting.Engine;

/// <summary>One running process: its output goes to its log, and it can be ended politely, then by force.</summary>
internal sealed class ChildProcess
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly Process process;
    private readonly Watcher watcher;

    private ChildProcess(Process process, Watcher watcher, ResourceLog log)
    {
        this.process = process;
        this.watcher = watcher;
        Exited = Supervise(log);
    }

    public Task<int> Exited { get; }

    public static ChildProcess Start(ProcessStartInfo start, Watcher watcher, ResourceLog log)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        try
        {
            var started = Process.Start(start)!;
            watcher.Add(started.Id);
            started.StandardInput.Close();
            return new ChildProcess(started, watcher, log);
        }
        catch (Win32Exception e)
        {
            throw new DistributedApplicationException($"'{start.FileName}' cannot be started: {e.Message}.", e);
        }
    }

    public async Task Stop()
    {
        ProcessGroup.Terminate(process);
        await Task.WhenAny(Exited, Task.Delay(Grace));
        if (!Exited.IsCompleted) ProcessGroup.Kill(process);
        await Exited;
    }

    private async Task<int> Supervise(ResourceLog log)
    {
        var output = Task.WhenAll(Forward(process.StandardOutput, log, isError: false), Forward(process.StandardError, log, isError: true));
        await process.WaitForExitAsync();
        // What it started goes with it, and with that the last writers of its output.
        ProcessGroup.Kill(process);
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1)));
        watcher.Remove(process.Id);
        var exitCode = process.ExitCode;
        process.Dispose();
        return exitCode;
    }

    private static async Task Forward(StreamReader output, ResourceLog log, bool isError)
    {
        await Task.Yield();
        while (await output.ReadLineAsync() is { } line) log.Write(line, isError);
    }
}
