using System.Text.Json;
using EventDriven.Dashboard.Flow;

namespace EventDriven.Dashboard.Experiments;

/// <summary>Runs the experiments, one at a time, each on a copy of the system of its own, and tells how far it is to whoever watches.</summary>
internal sealed class Laboratory(ExperimentProgram program, IHostEnvironment environment, TimeProvider clock) : IHostedService, IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private Task<IReadOnlyList<Experiment>>? _all;

    /// <summary>There are experiments here.</summary>
    public bool IsOffered => program.IsOffered;

    /// <summary>The last run of each, as far as this process knows.</summary>
    public Broadcast<IReadOnlyDictionary<string, ExperimentRun>> Runs { get; } = new(new Dictionary<string, ExperimentRun>());

    /// <summary>The one that runs now; null when none does.</summary>
    public ExperimentRun? Current => Runs.Current.Values.FirstOrDefault(static run => run.State is RunState.Running);

    /// <summary>Every experiment there is. Their program may have to be built for it.</summary>
    /// <exception cref="InvalidOperationException">Their program does not say.</exception>
    public Task<IReadOnlyList<Experiment>> All()
    {
        lock (_gate)
            return _all is null or { IsFaulted: true } ? _all = List() : _all;
    }

    /// <summary>Starts one; false when another one runs.</summary>
    public bool Start(string name, bool isShort)
    {
        lock (_gate)
        {
            if (Current is not null)
                return false;
            _stop.Dispose();
            _stop = new();
            Show(new(name, isShort, clock.GetUtcNow()));
            _running = Run(name, isShort, _stop.Token);
            return true;
        }
    }

    /// <summary>Ends the one that runs, with all that it has started.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public Task StartAsync(CancellationToken cancellationToken) => program.IsOffered && !environment.IsDevelopment()
        ? throw new InvalidOperationException("Experiments run on a development machine only: remove Experiments__Project.")
        : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Stop();

    public void Dispose() => _stop.Dispose();

    private async Task Run(string name, bool isShort, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("eventdriven-experiment-");
        try
        {
            Change(name, static run => run.After("building what it needs"));
            var code = await program.Run(["run", name, "--follow", "--out", folder.FullName, .. isShort ? ["--short"] : Array.Empty<string>()], line => Change(name, run => run.After(line)), ct);
            Change(name, run => run.AfterExit(code));
        }
        catch (OperationCanceledException)
        {
            Change(name, static run => run with { State = RunState.Stopped, Outcome = "Somebody stopped it; what it had started is gone." });
        }
        catch (Exception failure) // shown where it was started
        {
            Change(name, run => run with { State = RunState.Crashed, Outcome = failure.Message });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<IReadOnlyList<Experiment>> List()
    {
        List<string> said = [];
        var code = await program.Run(["list", "--json"], said.Add, CancellationToken.None);
        return said.Find(static line => line.StartsWith('[')) is { } list
            ? JsonSerializer.Deserialize<Experiment[]>(list, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"The experiments' program ended with {code} and named none. What it said: {string.Join(' ', said)}");
    }

    private void Change(string name, Func<ExperimentRun, ExperimentRun> change)
    {
        lock (_gate)
            Show(change(Runs.Current[name]));
    }

    private void Show(ExperimentRun run) => Runs.Publish(new Dictionary<string, ExperimentRun>(Runs.Current) { [run.Name] = run });
}

internal static class ExperimentsRegistration
{
    extension(WebApplicationBuilder builder)
    {
        public void AddExperiments()
        {
            builder.Services.AddOptions<ExperimentsOptions>().BindConfiguration("Experiments");
            builder.Services.AddSingleton<ExperimentProgram>();
            builder.Services.AddBackground<Laboratory>();
        }
    }
}
