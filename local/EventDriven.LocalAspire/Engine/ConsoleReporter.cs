using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Engine;

/// <summary>What the person at the console sees: states as they change, alarms, and at the end where to look.</summary>
internal sealed class ConsoleReporter(bool silent, bool verbose)
{
    private volatile bool isUp;
    private readonly long started = Stopwatch.GetTimestamp();

    public void Log(string resource, string line, bool alarming)
    {
        if (verbose || alarming) Line($"{resource,-16} | {line}");
    }

    // What fails the start is the run's last sentence; what happens later is told here.
    public void State(string resource, string state, string? reason) =>
        Line($"{Seconds(),6} s  {resource,-16} {state}{(isUp && reason is not null ? $": {reason}" : "")}");

    public void Say(string sentence, bool isError)
    {
        if (isError && !silent) Console.Error.WriteLine(sentence);
        else Line(sentence);
    }

    public void Ready(IEnumerable<(string Resource, string Url)> urls, string? logs)
    {
        isUp = true;
        Line($"Everything is up after {Seconds()} s. Open:");
        foreach (var (resource, url) in urls) Line($"  {resource,-16} {url}");
        if (logs is not null) Line($"  {"logs",-16} {logs}");
        Line("Ctrl+C ends everything.");
    }

    private string Seconds() => Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);

    private void Line(string text)
    {
        if (!silent) Console.WriteLine(text);
    }
}

/// <summary>Brings what the AppHost itself logs to the console.</summary>
internal sealed class AppHostLog(ConsoleReporter console) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        console.Say(formatter(state, exception), isError: logLevel >= LogLevel.Error);

    public void Dispose()
    {
    }
}
