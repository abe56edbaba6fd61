using System.Diagnostics;
using System.Runtime.InteropServices;
using EventDriven.Experiments.Following;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments;

/// <summary>Runs experiments one after the other on one lab, judges and writes down. A claim that does not hold is a result; a crash is a failure.</summary>
internal sealed class Runner(bool isShort, string folder, IFollower follower)
{
    /// <returns>0 when each came to its end, whatever it found.</returns>
    /// <exception cref="OperationCanceledException">It was told to end; what it had started is gone.</exception>
    public async Task<int> Run(IReadOnlyList<IExperiment> chosen, CancellationToken ct)
    {
        var crashed = 0;
        await using var lab = new Lab(isShort, Environment.GetEnvironmentVariable("KAFKA_HOME") ?? "", follower);
        foreach (var experiment in chosen)
        {
            follower.Begins(experiment);
            try
            {
                follower.Ends(await Run(experiment, lab, ct));
            }
            catch (Exception failure) when (!ct.IsCancellationRequested) // the others still run; the exit code says that one did not
            {
                crashed++;
                follower.Crashed(experiment, failure);
            }
        }
        return crashed == 0 ? 0 : 1;
    }

    private async Task<Result> Run(IExperiment experiment, Lab lab, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var observations = await experiment.Run(lab, ct);
        var verdicts = experiment.Claims.Select(claim => observations.Measures.TryGetValue(claim.Measure, out var measured)
            ? claim.Judge(measured)
            : throw new InvalidOperationException($"{experiment.Name} claims something about '{claim.Measure}' and has not measured it.")).ToArray();
        var result = new Result(
            experiment.Name, experiment.Title, experiment.Story, isShort, TimeProvider.System.GetUtcNow(), Machine(lab), Commit(),
            $"dotnet run --project experiments/EventDriven.Experiments -- run {experiment.Name}{(isShort ? " --short" : "")}",
            Stopwatch.GetElapsedTime(started).TotalSeconds, verdicts, observations.Measures, observations.Samples, observations.Notes, observations.Chart);
        await result.Write(folder, ct);
        return result;
    }

    private static string Machine(Lab lab) =>
        $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024 * 1024)} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, {(lab.IsApacheKafka ? "Apache Kafka" : "in-memory broker")}";

    /// <summary>The commit of the checkout that it runs in.</summary>
    private static string Commit()
    {
        using var git = Process.Start(new ProcessStartInfo("git", "rev-parse --short HEAD") { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false });
        var commit = git?.StandardOutput.ReadToEnd().Trim();
        return string.IsNullOrEmpty(commit) ? "unknown" : commit;
    }
}
