using System.Diagnostics;
using System.Runtime.InteropServices;
using Aspire.Hosting.Engine;

namespace EventDriven.TortureTests.Machines;

/// <summary>
/// A process in its own group, with its output in a file. It never outlives the tests: a watcher that is fed through a pipe ends it
/// when they are gone, however they went.
/// </summary>
internal sealed partial class Child
{
    private readonly Process _process;
    private readonly Task _output;

    private Child(Process process, string log)
    {
        _process = process;
        _output = Task.WhenAll(Forward(process.StandardOutput, log), Forward(process.StandardError, log + ".err"));
    }

    public Task Exited => _process.WaitForExitAsync();

    public bool HasExited => _process.HasExited;

    public static Child Start(string command, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string log, Watcher watcher)
    {
        var start = ProcessGroup.Own(command, arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        watcher.Add(process.Id);
        process.StandardInput.Close();
        return new Child(process, log);
    }

    public void Signal(Signal signal) => _ = kill(_process.Id, Number(signal));

    /// <summary>Signals and waits for the end.</summary>
    public async Task End(Signal signal)
    {
        if (!_process.HasExited)
            Signal(signal);
        await _process.WaitForExitAsync();
        await _output;
    }

    private static async Task Forward(StreamReader from, string log)
    {
        await using var file = new StreamWriter(log, append: true) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line)
            await file.WriteLineAsync(line);
    }

    // Stop and continue have other numbers on macOS.
    private static int Number(Signal signal) => (signal, OperatingSystem.IsMacOS()) switch
    {
        (Machines.Signal.Stop, true) => 17,
        (Machines.Signal.Continue, true) => 19,
        _ => (int)signal,
    };

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}

/// <summary>What a process can be told.</summary>
internal enum Signal
{
    Interrupt = 2,

    /// <summary>For PostgreSQL an immediate shutdown: no checkpoint, recovery at the next start.</summary>
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
