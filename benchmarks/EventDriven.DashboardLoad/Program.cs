// Starts the dashboard as a process of its own, sends it spans at a steady rate, and tells what that takes of memory and processor.
// Arguments: --seconds 600 --rate 5000. It ends with 1 when a bound is not kept.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventDriven.DashboardLoad;
using Google.Protobuf;

const double MostMegabytes = 300, MostCores = 1;
const int ExportsPerSecond = 10;
const string Key = "a-key-for-the-load";

var (seconds, rate) = (Argument("--seconds", 600), Argument("--rate", 5_000));
var (ui, http) = (FreePort(), FreePort());
using var dashboard = Process.Start(new ProcessStartInfo(DashboardProgram(),
    ["--environment=Development", $"--urls=http://127.0.0.1:{ui}", $"--OTLP_HTTP_PORT={http}", $"--Otlp:Key={Key}", "--Logging:LogLevel:Default=Warning"])
{ UseShellExecute = false, RedirectStandardOutput = true })!;
try
{
    using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}"), Timeout = TimeSpan.FromSeconds(10) };
    client.DefaultRequestHeaders.Add("x-otlp-api-key", Key);
    await Healthy();

    var (sent, refused, number, peak) = (0L, 0L, 0L, 0.0);
    dashboard.Refresh();
    var (clock, before) = (Stopwatch.StartNew(), dashboard.TotalProcessorTime);
    for (var tick = 0L; clock.Elapsed.TotalSeconds < seconds; tick++)
    {
        using var body = new ByteArrayContent(Exports.Next(rate / ExportsPerSecond, ref number).ToByteArray()) { Headers = { { "Content-Type", "application/x-protobuf" } } };
        using var answer = await client.PostAsync(new Uri("/v1/traces", UriKind.Relative), body);
        (sent, refused) = answer.IsSuccessStatusCode ? (sent + rate / ExportsPerSecond, refused) : (sent, refused + 1);
        if (tick % ExportsPerSecond == 0)
        {
            dashboard.Refresh();
            peak = Math.Max(peak, dashboard.WorkingSet64 / 1024.0 / 1024.0);
        }

        var due = TimeSpan.FromSeconds((tick + 1.0) / ExportsPerSecond) - clock.Elapsed;
        if (due > TimeSpan.Zero)
            await Task.Delay(due);
    }

    dashboard.Refresh();
    var cores = (dashboard.TotalProcessorTime - before) / clock.Elapsed;
    var kept = peak <= MostMegabytes && cores <= MostCores && refused == 0;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{sent / clock.Elapsed.TotalSeconds:N0} spans/s over {clock.Elapsed.TotalSeconds:N0} s, {refused} exports refused; {peak:N0} MB at most (bound {MostMegabytes:N0}), {cores:0.00} cores (bound {MostCores:0.##}): {(kept ? "kept" : "MISSED")}"));
    return kept ? 0 : 1;
}
finally
{
    dashboard.Kill(entireProcessTree: true);
}

async Task Healthy()
{
    using var client = new HttpClient();
    for (var tries = 0; ; tries++)
    {
        try
        {
            if ((await client.GetAsync(new Uri($"http://127.0.0.1:{ui}/alive"))).IsSuccessStatusCode)
                return;
        }
        catch (HttpRequestException) when (tries < 240)
        {
            await Task.Delay(250);
        }
    }
}

int Argument(string name, int otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

// Beside this program's own output, in the same configuration.
static string DashboardProgram()
{
    var own = new DirectoryInfo(AppContext.BaseDirectory);
    for (var folder = own; folder is not null; folder = folder.Parent)
    {
        var program = Path.Combine(folder.FullName, "services", "artifacts", "bin", "Dashboard", own.Name, OperatingSystem.IsWindows() ? "Dashboard.exe" : "Dashboard");
        if (File.Exists(program))
            return program;
    }

    throw new FileNotFoundException("The dashboard is not built beside this program.");
}

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}
