using EventDriven.Benchmarks.Measuring;
using Marten;
using Wolverine.Marten;

namespace EventDriven.Peers;

/// <summary>POST /orders with Marten and Wolverine's outbox: a document and a message in one transaction, relayed in the same process.</summary>
internal static class Orders
{
    public static async Task Serve(Arguments arguments)
    {
        var number = 0;
        await WolverineService.Prepare();
        var variant = WolverineService.Variant.Of(arguments) with { OnMarten = true };
        await using var service = await WolverineService.Start(variant, arguments.Text("topic"), map: app =>
            app.MapPost("/orders", async (Order order, IDocumentSession session, IMartenOutbox outbox) =>
            {
                var id = Guid.CreateVersion7();
                session.Store(new OrderDocument(id, order.Customer, order.Qty, order.Price, order.Note));
                await outbox.PublishAsync(new OrderPlaced(Interlocked.Increment(ref number), Payload.Pad));
                await session.SaveChangesAsync();
                return Results.Created($"/orders/{id}", new { id });
            }));
        await ServedOrders.Until(service.Address, WolverineService.Database, "select count(*) from mt_doc_orderdocument", WolverineService.Versions);
    }
}
