using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>
/// The load generator of POST /orders, one for every side: connections that send the next request when the last is answered.
/// It starts the server whose command line stands after <c>--</c>.
/// </summary>
internal static class HttpLoad
{
    public static async Task Run(Arguments arguments)
    {
        var (connections, side) = (arguments.Number("connections", 32), arguments.Text("side"));
        var topic = await Topic.Make();
        using var server = ChildProcess.Start(arguments.Rest[0], [.. arguments.Rest[1..], "--topic", topic]);
        var served = await server.Line(ServedOrders.TryRead);
        var uri = new Uri(served.Address);

        var warm = await Offer(uri, connections, TimeSpan.FromSeconds(arguments.Number("warmup", 5)));
        var counted = await Offer(uri, connections, TimeSpan.FromSeconds(arguments.Number("seconds", 10)));
        await Servers.Until(served.Database, served.CountRows, warm.Latencies.Count + counted.Latencies.Count, TimeSpan.FromSeconds(10));

        var latencies = Percentiles.Of(counted.Latencies);
        await new Result("http", side, new()
        {
            ["rate"] = counted.Latencies.Count / counted.Elapsed.TotalSeconds,
            ["p50"] = latencies.P50,
            ["p99"] = latencies.P99,
        }, $"{Payload.Request.Length} B request, {Payload.Size} B message", served.Versions, arguments.Command).Print(served.Database);
    }

    private static async Task<(List<double> Latencies, TimeSpan Elapsed)> Offer(Uri server, int connections, TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var perConnection = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            List<double> latencies = [];
            using var connection = await HttpConnection.Open(server);
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var sent = Stopwatch.GetTimestamp();
                await connection.Post();
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
            return latencies;
        })));
        return ([.. perConnection.SelectMany(l => l)], Stopwatch.GetElapsedTime(started));
    }
}
