using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.Coupling;

/// <summary>Orders are placed in two compositions of the system, in turns, while mail is well, slow, and down.</summary>
internal sealed class CouplingExperiment : IExperiment
{
    private const string Well = "well", Slow = "slow", Down = "down";
    private const string ByCall = "by call", ByEvent = "by event";
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(1), SettlesWithin = TimeSpan.FromMinutes(3);

    public string Name => "coupling";

    public string Title => "Coupling: what happens to orders when mail is slow or down";

    public string Story =>
        "Whoever orders gets a mail. If taking an order calls the mail service, an order is as slow as mail and fails when mail is down. "
        + "If taking an order states that it was taken, the mail service can be slow or away for a while: the order does not notice, and the mail comes later.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("By call, orders fail when mail is down", "orders taken by call while mail is down", Side.AtMost, 0, "%"),
        new("By event, they do not", "orders taken by event while mail is down", Side.Exactly, 100, "%"),
        new("By call, orders are slow when mail is slow", "slow over well, by call", Side.AtLeast, 5, "times"),
        new("By event, they are not", "slow over well, by event", Side.AtMost, 2, "times"),
        new("In the end every order is settled, and each that was placed has its mail", "mails missing in the end", Side.Exactly, 0, "mails"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        var each = lab.Pick(4, 40);
        await using var mail = new MailServer();
        await using var events = lab.Beside(mail);
        await using var rival = lab.Beside(mail, "--Orders:Composition=synchronous");
        using var telling = await Shop.Open(events, ct);
        using var calling = await Shop.Open(rival, ct);
        (string Way, Lab Lab, Shop Shop)[] shops = [(ByCall, rival, calling), (ByEvent, events, telling)];
        var seen = new Dictionary<(string Way, string Mail), List<(double Ms, bool Taken)>>();
        await Order(Well, each: 5); // the first ones pay for warming up
        seen.Clear();
        await Order(Well, each);
        try
        {
            mail.AnswersAfter = SlowAnswer;
            await Order(Slow, each);
        }
        finally
        {
            mail.AnswersAfter = TimeSpan.Zero;
        }
        foreach (var shop in shops)
            await shop.Lab.StopService("email", ct);
        await Order(Down, each);

        lab.Say("Email comes back");
        foreach (var shop in shops)
            await shop.Lab.StartService("email", ct);
        var missing = 0L;
        foreach (var (_, _, shop) in shops)
            missing += await Until.Last(async () => await shop.MailsMissing() + await shop.Unsettled(), mails => mails == 0, SettlesWithin, ct);
        return Judge(seen, missing);

        async Task Order(string state, int each)
        {
            lab.Say($"{each} orders each way while mail is {state}");
            for (var n = 0; n < each; n++)
            {
                foreach (var (way, _, shop) in shops) // in turns, so that both meet the same machine
                {
                    var order = await shop.Order(ct);
                    lab.Plot($"{way}, ms", order.Ms);
                    if (!seen.TryGetValue((way, state), out var orders))
                        seen[(way, state)] = orders = [];
                    orders.Add(order);
                }
            }
        }
    }

    private static Observations Judge(Dictionary<(string Way, string Mail), List<(double Ms, bool Taken)>> seen, long missing)
    {
        string[] states = [Well, Slow, Down], ways = [ByCall, ByEvent];
        double Median(string way, string state) => Percentile.Of([.. seen[(way, state)].Select(o => o.Ms)], 0.5);
        double Taken(string way, string state) => 100.0 * seen[(way, state)].Count(o => o.Taken) / seen[(way, state)].Count;
        var observations = new Observations
        {
            Chart = new Chart("Time to take an order", "", "ms (median)", [.. ways.Select(way => new Series(way, [.. states.Select((state, n) => new Point(n, Math.Round(Median(way, state), 1)))]))])
            {
                Bars = [.. states.Select(state => string.Create(CultureInfo.InvariantCulture, $"mail is {state}: {Taken(ByCall, state):0} % taken by call, {Taken(ByEvent, state):0} % by event"))],
            },
        };
        foreach (var (way, state) in seen.Keys)
        {
            observations.Measures[$"orders taken {way} while mail is {state}"] = Taken(way, state);
            observations.Measures[$"median {way} while mail is {state}, ms"] = Median(way, state);
            observations.Samples[$"{way} while mail is {state}, ms"] = [.. seen[(way, state)].Select(o => o.Ms)];
        }
        foreach (var way in ways)
            observations.Measures[$"slow over well, {way}"] = Median(way, Slow) / Median(way, Well);
        observations.Measures["mails missing in the end"] = missing;
        observations.Notes.Add($"Both are the real checkout, as two copies of the system at the same time: one states that an order was placed, the other (`Orders:Composition=synchronous`) calls Email, Recommendations and Fulfilment and waits for the slowest. A slow mail server takes {SlowAnswer.TotalSeconds:0} s over a mail; an order that is not answered within 3 s is answered with 503, and placed or rejected later.");
        return observations;
    }
}
