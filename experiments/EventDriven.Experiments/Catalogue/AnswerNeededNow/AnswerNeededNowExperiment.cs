using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.AnswerNeededNow;

/// <summary>Customers pay by call and by event, half of them without enough money; then the payment service is down.</summary>
internal sealed class AnswerNeededNowExperiment : IExperiment
{
    private static readonly TimeSpan LooksFor = TimeSpan.FromSeconds(30), Soon = TimeSpan.FromSeconds(5), SettlesWithin = TimeSpan.FromMinutes(2);

    public string Name => "answer-needed-now";

    public string Title => "When events are wrong: an answer is needed now";

    public string Story =>
        "A customer at the checkout needs a yes or a no. If the order is taken first and the payment follows as an event, the shop says thank you before it knows, and has to take it back from everybody whose money is not enough. "
        + "A call answers at once; and when payments are down it says so at once, instead of leaving everybody in the dark.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("By event the customer knows later", "time until known, event over call", Side.AtLeast, 2, "times"),
        new("By event, thanks are said that have to be taken back", "thanked and then refused, by event", Side.AtLeast, 1, "customers"),
        new("By call, none", "thanked and then refused, by call", Side.Exactly, 0, "customers"),
        new("With payments down, by call everybody knows soon that nothing was ordered", "know within 5 s with payments down, by call", Side.Exactly, 100, "%"),
        new("By event nobody knows", "know within 5 s with payments down, by event", Side.AtMost, 0, "%"),
        new("In the end the money is right either way", "accounts with a wrong balance", Side.Exactly, 0, "accounts"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct, "accounts");
        var (customers, whileDown) = lab.Pick((20, 5), (100, 20));
        var (shopName, cashierName) = (await Checkout.Prepare(lab), await LabService.Prepare(lab));
        using var accounts = lab.Client("accounts");
        var bank = new BankClient(accounts);
        await using var shop = await Checkout.Start(lab, shopName, cashierName, ct);
        var cashier = await Cashier.Start(lab, cashierName, Checkout.Types(shopName), ct);
        using var client = shop.Client();
        List<Visit> byCall = [], byEvent = [], callDown = [], eventDown = [];
        try
        {
            lab.Say($"{customers} customers by call and {customers} by event");
            await Visit([], [], 3, LooksFor); // the first ones pay for warming up
            await Visit(byCall, byEvent, customers, LooksFor);
        }
        finally
        {
            await cashier.DisposeAsync();
        }
        lab.Say("payments are down");
        await Visit(callDown, eventDown, whileDown, Soon);

        lab.Say("payments come back");
        await using var back = await Cashier.Start(lab, cashierName, Checkout.Types(shopName), ct);
        var expected = eventDown.Count + byEvent.Count + 3;
        await Until.Last(() => lab.Scalar(shopName, "select count(*) from decided"), decided => decided >= expected, SettlesWithin, ct);
        var wrong = 0;
        foreach (var visit in (Visit[])[.. byCall, .. byEvent, .. callDown, .. eventDown])
        {
            // Whoever called while payments were down ordered nothing.
            var left = Balance(visit.HasMoney) - (visit.HasMoney && !callDown.Contains(visit) ? Cashier.Price : 0);
            if (await bank.Balance(visit.Account, ct) != left)
                wrong++;
        }
        return Judge(byCall, byEvent, callDown, eventDown, wrong);

        async Task Visit(List<Visit> called, List<Visit> told, int number, TimeSpan looksFor)
        {
            for (var n = 0; n < number; n++) // in turns, so that both meet the same machine
            {
                var hasMoney = n % 2 == 0;
                called.Add(await Customer.ByCall(client, await bank.Open(Balance(hasMoney), ct), hasMoney, ct));
                told.Add(await Customer.ByEvent(client, await bank.Open(Balance(hasMoney), ct), hasMoney, looksFor, ct));
                lab.Plot("until known by call, ms", called[^1].After.TotalMilliseconds);
                lab.Plot("until known by event, ms", told[^1].After.TotalMilliseconds);
            }
        }
    }

    private static long Balance(bool hasMoney) => hasMoney ? Cashier.Price + 100 : Cashier.Price - 100;

    private static Observations Judge(List<Visit> byCall, List<Visit> byEvent, List<Visit> callDown, List<Visit> eventDown, int wrong)
    {
        double[] call = [.. byCall.Select(v => v.After.TotalMilliseconds)], event_ = [.. byEvent.Select(v => v.After.TotalMilliseconds)];
        var (callMedian, eventMedian) = (Percentile.Of(call, 0.5), Percentile.Of(event_, 0.5));
        double Know(List<Visit> visits) => 100.0 * visits.Count(v => v.Knew is not null && v.After <= Soon) / visits.Count;
        double TakenBack(List<Visit> visits) => visits.Count(v => v is { Thanked: true, Knew: false });
        return new()
        {
            Chart = new Chart("Until the customer knows whether the order stands", "", "ms",
            [
                new("median", [new(0, Math.Round(callMedian)), new(1, Math.Round(eventMedian))]),
                new("slowest of twenty", [new(0, Math.Round(Percentile.Of(call, 0.95))), new(1, Math.Round(Percentile.Of(event_, 0.95)))]),
            ])
            { Bars = ["by call", "by event"] },
            Measures =
            {
                ["customers"] = byCall.Count,
                ["time until known by call, ms"] = callMedian,
                ["time until known by event, ms"] = eventMedian,
                ["time until known, event over call"] = eventMedian / callMedian,
                ["thanked and then refused, by call"] = TakenBack(byCall),
                ["thanked and then refused, by event"] = TakenBack(byEvent),
                ["know within 5 s with payments down, by call"] = Know(callDown),
                ["know within 5 s with payments down, by event"] = Know(eventDown),
                ["accounts with a wrong balance"] = wrong,
            },
            Samples = { ["until known by call, ms"] = call, ["until known by event, ms"] = event_ },
            Notes = { "The accounts are at the real Accounts; shop and cashier are this experiment's own, on the building blocks." },
        };
    }
}
