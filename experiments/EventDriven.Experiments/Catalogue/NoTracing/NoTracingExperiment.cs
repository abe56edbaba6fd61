using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;
using EventDriven.Log;

namespace EventDriven.Experiments.Catalogue.NoTracing;

/// <summary>Many items go through twenty hops in five services; one is lost on the way without a trace. It is looked for in two ways.</summary>
internal sealed class NoTracingExperiment : IExperiment
{
    private const int Stations = 5;
    private static readonly TimeSpan ArriveWithin = TimeSpan.FromMinutes(4);

    public string Name => "no-tracing";

    public string Title => "One lost message among twenty hops, with and without a passport";

    public string Story =>
        "An item should pass twenty hops in five services and never arrives: somewhere a handler returned early and said nothing. Without anything that ties its messages together, somebody reads every topic and has to know what is in each. "
        + "Here every message carries the id of its journey and of the message that led to it, and each service can say what it did with each, so that a handful of questions is enough.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("With the passport a few questions find it", "questions with the passport", Side.AtMost, 10, "questions"),
        new("Without it somebody looks at far more", "messages looked at without, over questions with", Side.AtLeast, 50, "times"),
        new("With the passport it takes seconds at most", "time with the passport", Side.AtMost, 3, "s"),
        new("The passport leads to the right hop", "hops that the passport was wrong by", Side.Exactly, 0, "hops"),
        new("And it says what became of it there", "the passport says what became of it", Side.Exactly, 1, "answers"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var items = lab.Pick(60, 500);
        var names = new string[Stations];
        for (var n = 0; n < Stations; n++)
            names[n] = await LabService.Prepare(lab);
        var mistake = new Mistake(Guid.CreateVersion7(), Hop: Random.Shared.Next(5, Station.Hops));
        List<LabService> stations = [];
        try
        {
            for (var n = 0; n < Stations; n++)
                stations.Add(await Station.Start(lab, names[n], names[(n + Stations - 1) % Stations], mistake, ct));
            lab.Say($"{items:#,0} items through {Station.Hops} hops; one does not arrive");
            var journeys = new Dictionary<Guid, Guid>();
            foreach (var item in Enumerable.Range(0, items).Select(n => n == items / 2 ? mistake.ItemId : Guid.CreateVersion7()))
            {
                var cause = Cause.Begin();
                journeys[item] = cause.CorrelationId; // on the receipt
                await stations[0].Log.Append(new("item", item), ExpectedVersion.NoStream, cause, [new(new Passed(item, 1))], [], ct);
            }
            var expected = ((long)(items - 1) * Station.Hops) + mistake.Hop - 1;
            await Until.Get(() => lab.Plot("hops", Relayed(stations)), relayed => relayed == expected, "every other item has arrived", ArriveWithin, ct);
            // What became of the last one is known once its handler is done with it.
            var (with, without) = (await Settled(stations, journeys[mistake.ItemId], ct), Searches.InTheTopics(lab, stations, mistake.ItemId));
            return Judge(mistake, with, without);
        }
        finally
        {
            foreach (var station in stations)
                await station.DisposeAsync();
        }
    }

    private static async Task<long> Relayed(IEnumerable<LabService> stations)
    {
        var sum = 0L;
        foreach (var station in stations)
            sum += await station.Scalar("select relayed from log.progress");
        return sum;
    }

    /// <summary>A message that was just published may still be waiting for its handler; whoever looks then looks again.</summary>
    private static Task<Found> Settled(IReadOnlyList<LabService> stations, Guid journey, CancellationToken ct) =>
        Until.Last(() => Searches.ByTheJourney(stations, journey, ct), found => found.BecameOf != "waiting", ArriveWithin, ct);

    private static Observations Judge(Mistake mistake, Found with, Found without) => new()
    {
        Chart = new Chart("Looked at until the lost message was found", "", "messages or answers",
            [new("looked at", [new(0, without.LookedAt), new(1, with.LookedAt)])])
        { Bars = ["in the topics", "by its journey"] },
        Measures =
        {
            ["questions with the passport"] = with.LookedAt,
            ["messages looked at without the passport"] = without.LookedAt,
            ["messages looked at without, over questions with"] = (double)without.LookedAt / with.LookedAt,
            ["time with the passport"] = with.Took.TotalSeconds,
            ["time without the passport"] = without.Took.TotalSeconds,
            ["hops that the passport was wrong by"] = Math.Abs(with.LastHop - (mistake.Hop - 1)),
            ["hops that the topics were wrong by"] = Math.Abs(without.LastHop - (mistake.Hop - 1)),
            ["the passport says what became of it"] = with.BecameOf == "handled" ? 1 : 0,
        },
        Notes =
        {
            $"It was lost after hop {mistake.Hop - 1}. By its journey: the next service says '{with.BecameOf}', and nothing came of it, so its handler is where to look.",
            string.Create(CultureInfo.InvariantCulture, $"A program read the topics in {without.Took.TotalSeconds:0.0} s; it knew beforehand what is in them. A person who opens them one by one does not."),
        },
    };
}
