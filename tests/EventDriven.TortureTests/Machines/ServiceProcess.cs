using System.Globalization;
using System.Runtime.InteropServices;
using EventDriven.AppHost;

namespace EventDriven.TortureTests.Machines;

/// <summary>One replica of a service: a name that stays, and a process that comes and goes.</summary>
internal sealed class ServiceProcess(string name, Fleet fleet)
{
    private const int LinesOfError = 12;
    private readonly int _port = FreePort.Next();
    private Child? _child;
    private int _starts;
    private bool _isOver;

    public string Name { get; } = name;

    public bool IsWriter => Name.StartsWith("writer", StringComparison.Ordinal);

    public string Address => $"http://127.0.0.1:{_port}";

    public bool HasExited => _child is { HasExited: true };

    /// <summary>What it said last of an error: of the runtime's, which has a file of its own, or of the host's.</summary>
    public string LastWords => string.Join(" ", Lines(Log).SkipWhile(line => !line.StartsWith("crit:", StringComparison.Ordinal)).Take(LinesOfError)
        .Concat(Lines(Log + ".err").TakeLast(LinesOfError)).Select(line => line.Trim()));

    private string Log => Path.Combine(fleet.Files, Name + ".log");

    public void Start()
    {
        _starts++;
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var environment = new Dictionary<string, string>(fleet.Settings(this))
        {
            ["ASPNETCORE_URLS"] = Address,
            ["DOTNET_ROOT"] = root,
            ["Torture__Name"] = Name,
            ["Torture__Writes"] = (!_isOver).ToString(),
            ["Torture__History"] = Path.Combine(fleet.Files, $"{Name}-{_starts}.history"),
            // Another load at every start, the same in every replay.
            ["Torture__Seed"] = (fleet.Seed * 1_000 + _starts * 10 + Name[^1]).ToString(CultureInfo.InvariantCulture),
        };
        _child = Child.Start(Path.Combine(root, "dotnet"), [Path.Combine(AppContext.BaseDirectory, "TortureWorker.dll")],
            environment, Log, fleet.Rig.Watcher);
    }

    public async Task<bool> IsUp(HttpClient client, CancellationToken ct)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri(Address + "/health"), ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A writer writes no more, and only relays what is left; also when it is started again.</summary>
    public async Task<bool> EndLoad(HttpClient client, CancellationToken ct)
    {
        _isOver = true;
        try
        {
            using var answer = await client.PostAsync(new Uri(Address + "/end"), content: null, ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Signals and waits for the end.</summary>
    public Task End(Signal signal) => _child?.End(signal) ?? Task.CompletedTask;

    public void Signal(Signal signal) => _child!.Signal(signal);

    private static IEnumerable<string> Lines(string file) => File.Exists(file) ? File.ReadLines(file) : [];
}
