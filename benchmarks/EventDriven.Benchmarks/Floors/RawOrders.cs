using System.Text.Json;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Benchmarks.Workloads;
using EventDriven.Log;

namespace EventDriven.Benchmarks.Floors;

/// <summary>The same endpoint with a plain outbox row that nobody relays.</summary>
internal static class RawOrders
{
    public static async Task Serve(Arguments arguments)
    {
        await Servers.FreshDatabase("raw");
        await Servers.Execute("raw", RawOutbox.Tables);
        await using var database = RawOutbox.Source();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.MapPost("/orders", async (Order order) =>
        {
            var id = await RawOutbox.Insert(database, JsonSerializer.Serialize(order, EventLog.Json));
            return Results.Created($"/orders/{id}", new { id });
        });
        await app.StartAsync();
        await ServedOrders.Until(app.Urls.First(), "raw", Orders.CountRows, BenchService.Versions);
    }
}
