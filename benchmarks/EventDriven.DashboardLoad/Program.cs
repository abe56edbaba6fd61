// Starts the dashboard as a process of its own, sends it spans at a steady rate, and tells what that takes of memory and processor, and how
// smooth the flow is in a browser that shows it.
// Arguments: --seconds 600 --rate 5000. It ends with 1 when a bound is not kept.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventDriven.DashboardLoad;
using Google.Protobuf;

const double MostMegabytes = 300, MostCores = 1, LongestGap = 50, FewestUpdates = 1, RateTolerance = 0.1;
const int ExportsPerSecond = 10;
const string Key = "a-key-for-the-load", Token = "a-token-for-the-load";

var (seconds, rate) = (Argument("--seconds", 600), Argument("--rate", 5_000));
var (ui, http) = (FreePort(), FreePort());
using var dashboard = Process.Start(new ProcessStartInfo(DashboardProgram(),
    ["--environment=Development", $"--urls=http://127.0.0.1:{ui}", $"--OTLP_HTTP_PORT={http}", $"--Otlp:Key={Key}", $"--Login:Token={Token}", "--Logging:LogLevel:Default=Warning"])
{ UseShellExecute = false, RedirectStandardOutput = true })!;
try
{
    using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}"), Timeout = TimeSpan.FromSeconds(10) };
    client.DefaultRequestHeaders.Add("x-otlp-api-key", Key);
    await Healthy();
    await using var page = await WatchedPage.Open(new Uri($"http://127.0.0.1:{ui}/login?t={Token}"));

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
    Say(kept, $"{sent / clock.Elapsed.TotalSeconds:N0} spans/s over {clock.Elapsed.TotalSeconds:N0} s, {refused} exports refused; {peak:N0} MB at most (bound {MostMegabytes:N0}), {cores:0.00} cores (bound {MostCores:0.##})");
    if (page is null)
    {
        Console.WriteLine("There is no Chromium on this machine: how smooth the page is was not measured.");
        return kept ? 0 : 1;
    }

    var seen = await page.Read();
    var smooth = seen.Gap <= LongestGap && seen.UpdatesPerSecond >= FewestUpdates && IsShown(seen.Sent) && IsShown(seen.Handled);
    Say(smooth, $"the page changed {seen.UpdatesPerSecond:0.0} times/s (bound {FewestUpdates:0}); between two frames 95 % took at most {seen.Gap:0} ms (bound {LongestGap:0}), the longest {seen.LongestGap:0} ms; it shows {seen.Sent:N0}/s sent and {seen.Handled:N0}/s handled (bound {rate / 2.0:N0} ± {RateTolerance:P0})");
    return kept && smooth ? 0 : 1;
}
finally
{
    dashboard.Kill(entireProcessTree: true);
}

bool IsShown(double shown) => Math.Abs(shown - rate / 2.0) <= RateTolerance * rate / 2;

static void Say(bool kept, FormattableString what) => Console.WriteLine($"{what.ToString(CultureInfo.InvariantCulture)}: {(kept ? "kept" : "MISSED")}");

// Its ports open one after the other: one that answers at all is open, and the pages' says too that it is alive.
async Task Healthy()
{
    using var client = new HttpClient();
    for (var tries = 0; ; tries++)
    {
        try
        {
            using var ingest = await client.GetAsync(new Uri($"http://127.0.0.1:{http}/"));
            using var pages = await client.GetAsync(new Uri($"http://127.0.0.1:{ui}/alive"));
            pages.EnsureSuccessStatusCode();
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
