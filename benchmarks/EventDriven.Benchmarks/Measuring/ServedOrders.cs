using System.Text.Json;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>The body of POST /orders, on every side.</summary>
public sealed record Order(string Customer, int Qty, decimal Price, string Note);

/// <summary>What a server under load tells the load generator: where it listens, and how to count what it has stored.</summary>
internal sealed record ServedOrders(string Address, string Database, string CountRows, string Versions)
{
    private const string Prefix = "SERVING ";

    /// <summary>Says it, and returns when the load generator lets go of the standard input.</summary>
    public static async Task Until(string address, string database, string countRows, string versions)
    {
        Console.WriteLine(Prefix + JsonSerializer.Serialize(new ServedOrders(address, database, countRows, versions)));
        while (await Console.In.ReadLineAsync() is not null)
        {
            // until it ends
        }
    }

    public static ServedOrders? TryRead(string line) =>
        line.StartsWith(Prefix, StringComparison.Ordinal) ? JsonSerializer.Deserialize<ServedOrders>(line.AsSpan(Prefix.Length)) : null;
}
