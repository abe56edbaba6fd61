using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Engine;

/// <summary>
/// Ends the children when the host is gone, however it went: a shell that reads their ids from a pipe whose other end
/// only the host holds. Windows does the same with a job object.
/// </summary>
internal sealed class Watcher : IDisposable
{
    // At the pipe's end: SIGTERM to each child, SIGKILL to what is left of their process groups five seconds later.
    private const string Script = """
        while read -r verb pid; do
          if [ "$verb" = add ]; then pids="$pids $pid"
          else pids=$(for p in $pids; do [ "$p" = "$pid" ] || printf ' %s' "$p"; done); fi
        done
        for p in $pids; do kill -s TERM "$p"; done
        tries=0
        while [ $tries -lt 50 ]; do
          alive=
          for p in $pids; do kill -s 0 -- "-$p" && alive=1; done
          [ "$alive" ] || exit 0
          sleep 0.1
          tries=$((tries + 1))
        done
        for p in $pids; do kill -s KILL -- "-$p"; done
        """;

    private readonly Process? shell;

    public Watcher()
    {
        if (OperatingSystem.IsWindows())
        {
            JobObject.EndChildrenWithThisProcess();
            return;
        }

        var start = ProcessGroup.Own("/bin/sh", ["-c", $"exec >/dev/null 2>&1\n{Script}"]);
        start.RedirectStandardInput = true;
        shell = Process.Start(start)!;
        shell.StandardInput.AutoFlush = true;
    }

    public void Add(int pid) => Tell("add", pid);

    public void Remove(int pid) => Tell("remove", pid);

    public void Dispose() => shell?.Dispose();

    private void Tell(string verb, int pid)
    {
        if (shell is null) return;
        lock (shell) shell.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verb} {pid}"));
    }
}
