using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;
using EventDriven.Log;

namespace EventDriven.Experiments.Catalogue.OrderAcrossServices;

/// <summary>Orders are placed and paid; a warehouse joins the two, live and after it was away for a while.</summary>
internal sealed class OrderAcrossServicesExperiment : IExperiment
{
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromMinutes(3);

    public string Name => "order-across-services";

    public string Title => "When events are wrong: order across services";

    public string Story =>
        "An order is placed before it is paid, but the two events come from two services on two topics, and nothing keeps the order between topics. A warehouse that takes it for granted meets payments of orders that it does not know, above all when it was away and reads both topics at full speed. "
        + "A process manager remembers what has come, whichever comes first, and acts when both are there.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("The naive join meets payments before their orders when it was away", "scrambled after being away, naive", Side.AtLeast, 1, "orders"),
        new("The process manager ships every order", "not shipped, process manager", Side.Exactly, 0, "orders"),
        new("And each once", "shipped twice, process manager", Side.Exactly, 0, "orders"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var each = lab.Pick(200, 3_000);
        var (ordersName, paymentsName, warehouseName) = (await LabService.Prepare(lab), await LabService.Prepare(lab), await Warehouse.Prepare(lab));
        await using var orders = await Publishers.StartOrders(lab, ordersName, ct);
        await using var payments = await Publishers.StartPayments(lab, paymentsName, ordersName, ct);
        long live;
        await using (await Warehouse.Start(lab, warehouseName, ordersName, paymentsName, ct))
        {
            lab.Say($"{each:#,0} orders while the warehouse listens");
            await Place(orders, each, ct);
            await HasAll(each);
            live = await Unknown();
        }

        lab.Say($"{each:#,0} orders while it is away");
        await Place(orders, each, ct);
        await Until.Get(() => payments.Scalar("select relayed from log.progress"), relayed => relayed >= each * 2, "every order is paid and that is on its topic", SettlesWithin, ct);
        await using var back = await Warehouse.Start(lab, warehouseName, ordersName, paymentsName, ct);
        await HasAll(each * 2);
        var away = await Unknown() - live;
        var shipped = await back.Scalar("select count(*) from process_shipped");
        var different = await back.Scalar("select count(distinct order_id) from process_shipped");

        return new()
        {
            Chart = new Chart($"Payments that came before their order, of {each:#,0} each", "", "orders",
            [
                new("not shipped by the naive join", [new(0, live), new(1, away)]),
                new("not shipped by the process manager", [new(0, Math.Max(0, each - different)), new(1, (each * 2) - different)]),
            ])
            { Bars = ["live", "after being away"] },
            Measures =
            {
                ["orders"] = each * 2,
                ["scrambled live, naive"] = live,
                ["scrambled after being away, naive"] = away,
                ["not shipped, process manager"] = (each * 2) - different,
                ["shipped twice, process manager"] = shipped - different,
            },
            Notes =
            {
                string.Create(CultureInfo.InvariantCulture, $"Scrambled: {100.0 * live / each:0.#} % live, {100.0 * away / each:0.#} % after being away."),
                "The building blocks keep the order of one stream, also across retries; order between streams of two services is nobody's promise.",
            },
        };

        Task<long> Unknown() => lab.Scalar(warehouseName, "select count(*) from naive_unknown");

        async Task HasAll(int number)
        {
            foreach (var (way, sums) in ((string, string)[])[("naive join", "(select count(*) from naive_shipped) + (select count(*) from naive_unknown)"), ("process manager", "(select count(distinct order_id) from process_shipped)")])
                await Until.Last(() => lab.Plot($"orders that the {way} is done with", lab.Scalar(warehouseName, $"select {sums}")), done => done >= number, SettlesWithin, ct);
        }
    }

    private static Task Place(LabService orders, int number, CancellationToken ct) => Parallel.ForEachAsync(Enumerable.Range(0, number), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct }, async (_, aborted) =>
    {
        var order = new StreamName("order", Guid.CreateVersion7());
        await orders.Log.Append(order, ExpectedVersion.NoStream, Cause.Begin(), [new(new OrderPlaced(order.Id))], [], aborted);
    });
}
