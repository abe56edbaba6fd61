using System.Text.Json;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>POST /orders: a business row and an event in one transaction. The load comes from <see cref="HttpLoad"/>.</summary>
internal static class Orders
{
    public const string CountRows = "select count(*) from orders";

    public static async Task Serve(Arguments arguments)
    {
        await BenchService.Prepare();
        var number = 0;
        BenchService? service = null;
        await using var started = service = await BenchService.Start(arguments.Text("topic"), map: app =>
            app.MapPost("/orders", async (Order order) =>
            {
                var id = await service!.Place(Interlocked.Increment(ref number), JsonSerializer.Serialize(order, EventLog.Json));
                return Results.Created($"/orders/{id}", new { id });
            }));
        await ServedOrders.Until(service.Address, BenchService.Name, CountRows, BenchService.Versions);
    }
}
