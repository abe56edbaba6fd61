using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Experiments;

/// <summary>Where the experiments are. Section <c>Experiments</c>; only a development machine has them.</summary>
internal sealed class ExperimentsOptions
{
    /// <value>The project's folder. Empty: there are none here.</value>
    public string Project { get; set; } = "";

    /// <value>Apache Kafka's folder, for their own copy of the system; empty: the in-memory broker.</value>
    public string KafkaHome { get; set; } = "";
}

/// <summary>The experiments' program, as a child of this process.</summary>
internal class ExperimentProgram(IOptions<ExperimentsOptions> options)
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(40);
    private static readonly string Configuration = typeof(ExperimentProgram).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    // What this service was told by its host is not for a system of its own.
    private static readonly string[] OfTheHost = ["ASPNETCORE_", "OTEL_", "OTLP_", "FLOW_", "CONNECTIONSTRINGS"];

    /// <summary>There are experiments here.</summary>
    public virtual bool IsOffered => options.Value.Project.Length > 0;

    /// <summary>Runs it to its end; to stop it, ends its input and waits until all that it had started is gone.</summary>
    /// <param name="arguments">What a person would type.</param>
    /// <param name="hear">Called for each line it writes.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>Its exit code.</returns>
    public virtual async Task<int> Run(IReadOnlyList<string> arguments, Action<string> hear, CancellationToken ct)
    {
        var start = new ProcessStartInfo("dotnet", ["run", "--project", options.Value.Project, "--configuration", Configuration, "--no-launch-profile", "--", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var name in start.Environment.Keys.Where(IsOfTheHost).ToArray())
            start.Environment.Remove(name);
        start.Environment["KAFKA_HOME"] = options.Value.KafkaHome;
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // a builder that stays would hold the other end of its output
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                hear(line.Data);
        };
        process.Start();
        process.BeginOutputReadLine();
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(EndsWithin);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
            throw;
        }
        return process.ExitCode;
    }

    private static bool IsOfTheHost(string name) =>
        name.Contains("__", StringComparison.Ordinal) || Array.Exists(OfTheHost, start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}
