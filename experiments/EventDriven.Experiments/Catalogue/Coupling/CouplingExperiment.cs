using System.Diagnostics;
using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.Coupling;

/// <summary>Orders are taken in two compositions, in turns, while the mail service is well, slow, and down.</summary>
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
        new("All mails of orders that were taken have come in the end", "mails missing in the end", Side.Exactly, 0, "mails"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var (each, deskName, mailName) = (lab.Pick(10, 60), await LabService.Prepare(lab), await Mail.Prepare(lab));
        await using var desk = await Desk.Start(lab, deskName, mailName, ct);
        var server = new MailServer();
        var mail = await Mail.Start(lab, mailName, Desk.Types(deskName), server, ct);
        using var client = desk.Client();
        var seen = new Dictionary<(string Way, string Mail), List<(double Ms, bool Taken)>>();
        try
        {
            await Order(Well, each: 3); // the first ones pay for warming up
            seen.Clear();
            await Order(Well, each);
            server.AnswersAfter = SlowAnswer;
            await Order(Slow, each);
            server.AnswersAfter = TimeSpan.Zero;
            await mail.DisposeAsync();
            await Order(Down, each);
        }
        finally
        {
            await mail.DisposeAsync();
        }

        lab.Say("mail comes back");
        await using var back = await Mail.Start(lab, mailName, Desk.Types(deskName), server, ct);
        var taken = await lab.Scalar(deskName, "select count(*) from log.events where type like '%.order-%'");
        var sent = await Until.Last(() => Mail.Sent(lab, mailName), mails => mails >= taken, SettlesWithin, ct);
        return Judge(seen, taken - sent);

        async Task Order(string state, int each)
        {
            lab.Say($"mail is {state}");
            for (var n = 0; n < each; n++)
            {
                foreach (var way in (string[])[ByCall, ByEvent]) // in turns, so that both meet the same machine
                {
                    var started = Stopwatch.GetTimestamp();
                    using var answer = await client.PostAsync(new Uri($"/{way.Replace(' ', '-')}/{Guid.CreateVersion7()}", UriKind.Relative), content: null, ct);
                    if (!seen.TryGetValue((way, state), out var orders))
                        seen[(way, state)] = orders = [];
                    orders.Add((Stopwatch.GetElapsedTime(started).TotalMilliseconds, answer.IsSuccessStatusCode));
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
        observations.Notes.Add($"The two services are this experiment's own, a page of code each on the building blocks; a slow mail server answers after {SlowAnswer.TotalSeconds:0} s, and the caller waits {Desk.Patience.TotalSeconds:0} s at most.");
        return observations;
    }
}
