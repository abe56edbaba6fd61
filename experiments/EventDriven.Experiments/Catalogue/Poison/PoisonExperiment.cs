using System.Collections.Concurrent;
using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;
using EventDriven.Log;
using EventDriven.Messaging;

namespace EventDriven.Experiments.Catalogue.Poison;

/// <summary>Steady traffic, one message that fails a few times before it goes through, and three consumers of the same topic.</summary>
internal sealed class PoisonExperiment : IExperiment
{
    private const int Keys = 40;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(400), Unnoticed = TimeSpan.FromSeconds(1), SettlesWithin = TimeSpan.FromMinutes(3);

    public string Name => "poison";

    public string Title => "One bad message: who waits behind it, and is order kept";

    public string Story =>
        "A message fails, and fails again, and goes through at last. A consumer that tries it on the spot makes everybody behind it wait; one that sends it to a retry topic makes nobody wait, but what came later for the same customer overtakes it. "
        + "Parking only its key does neither.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("Blocking retry makes messages of other keys wait", "waited behind it with blocking retry", Side.AtLeast, 50, "messages"),
        new("Blocking retry keeps the order", "overtook with blocking retry", Side.Exactly, 0, "messages"),
        new("A retry topic makes nobody wait", "waited behind it with retry topic", Side.Exactly, 0, "messages"),
        new("A retry topic loses the order of the key", "overtook with retry topic", Side.AtLeast, 1, "messages"),
        new("A parked key makes no other key wait", "waited behind it with parked key", Side.Exactly, 0, "messages"),
        new("A parked key keeps the order", "overtook with parked key", Side.Exactly, 0, "messages"),
        new("Each of them handles everything once", "lost or twice", Side.Exactly, 0, "messages"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var (failures, each) = lab.Pick((5, 20), (7, 60)); // 3 s of traffic behind it, or 13 s
        var name = await LabService.Prepare(lab);
        await lab.MakeTopic(name + ".events.retry", 6);
        MessageTypes types = [MessageType.Published<Step>($"{name}.step.v1", name + ".events")];
        var streams = Enumerable.Range(0, Keys).Select(_ => new StreamName("case", Guid.CreateVersion7())).ToArray();
        var bad = streams[0].ToString();

        await using var publisher = await LabService.Start(lab, name, types, builder => builder.AddMessaging(), app => app.MapMessaging(), ct);
        await using var blocking = new BlockingRetry(lab.Kafka, name + ".events", Work()).Start();
        await using var retrying = new RetryTopic(lab.Kafka, name + ".events", Work()).Start();
        await using var parking = await ParkedKey.Start(lab, types, Work(), ct);
        IConsumer[] consumers = [blocking, retrying, parking];

        var published = new ConcurrentDictionary<(string, int), DateTimeOffset>();
        await Task.WhenAll(streams.Select(stream => Publish(publisher, stream, 0, published, ct)));
        await AllHave(consumers, Keys, ct); // everybody is at work before it begins
        lab.Say($"{Keys * each:#,0} messages; number 1 of one key fails {failures} times");
        await Task.WhenAll(streams.Select(async (stream, n) =>
        {
            await Task.Delay(Between * n / Keys, ct); // the keys take turns
            for (var number = 1; number <= each; number++)
            {
                await Publish(publisher, stream, number, published, ct);
                foreach (var consumer in n == 0 ? consumers : [])
                    lab.Plot($"handled with {consumer.Name}", (await consumer.Handled(ct)).Count);
                await Task.Delay(Between, ct);
            }
        }));
        await AllHave(consumers, Keys * (each + 1), ct);
        return await Judge(consumers, bad, published, failures, ct);

        PoisonedWork Work() => new(bad, number: 1, failures);
    }

    private static async Task Publish(LabService publisher, StreamName stream, int number, ConcurrentDictionary<(string, int), DateTimeOffset> published, CancellationToken ct)
    {
        await publisher.Log.Append(stream, ExpectedVersion.Any, Cause.Begin(), [new(new Step(number))], [], ct);
        published[(stream.ToString(), number)] = TimeProvider.System.GetUtcNow();
    }

    private static async Task AllHave(IConsumer[] consumers, int messages, CancellationToken ct)
    {
        foreach (var consumer in consumers)
            await Until.Get(async () => (await consumer.Handled(ct)).Count, count => count >= messages, $"{consumer.Name} has handled {messages} messages", SettlesWithin, ct);
    }

    private static async Task<Observations> Judge(
        IConsumer[] consumers, string bad, ConcurrentDictionary<(string Key, int Number), DateTimeOffset> published, int failures, CancellationToken ct)
    {
        List<(string Name, int Waited, int Overtook)> rows = [];
        var (samples, notes, lostOrTwice) = (new Dictionary<string, IReadOnlyList<double>>(), new List<string>(), 0);
        foreach (var consumer in consumers)
        {
            var handled = await consumer.Handled(ct);
            lostOrTwice += Math.Abs(handled.Count - published.Count) + published.Keys.Except(handled.Select(h => (h.Key, h.Number))).Count();
            var through = handled.First(h => h.Key == bad && h.Number == 1).At;
            var others = handled.Where(h => h.Key != bad && h.Number > 0).ToArray();
            // It was there well before the bad one went through, and had to wait until then.
            var waited = others.Count(h => h.At >= through && published[(h.Key, h.Number)] < through - Unnoticed);
            rows.Add((consumer.Name, waited, Overtakings(handled)));
            samples[$"wait of other keys with {consumer.Name}, ms"] = [.. others.Select(h => Math.Max(0, (h.At - published[(h.Key, h.Number)]).TotalMilliseconds))];
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"With {consumer.Name} a message of another key waited {samples[$"wait of other keys with {consumer.Name}, ms"].Max() / 1_000:0.0} s at most; the bad one went through {(through - published[(bad, 1)]).TotalSeconds:0.0} s after it was published."));
        }
        var observations = new Observations
        {
            Chart = new Chart($"One message that fails {failures} times", "", "messages",
            [
                new("of other keys that waited", [.. rows.Select((r, n) => new Point(n, r.Waited))]),
                new("that overtook it", [.. rows.Select((r, n) => new Point(n, r.Overtook))]),
            ])
            { Bars = [.. rows.Select(r => r.Name)] },
        };
        foreach (var (name, waited, overtook) in rows)
        {
            observations.Measures["waited behind it with " + name] = waited;
            observations.Measures["overtook with " + name] = overtook;
        }
        foreach (var (name, values) in samples)
            observations.Samples[name] = values;
        observations.Measures["lost or twice"] = lostOrTwice;
        observations.Notes.AddRange(notes);
        observations.Notes.Add("The blocking consumer reads all partitions, as one process does; with a consumer for each partition, what shares the bad one's partition would still wait.");
        return observations;
    }

    /// <summary>Messages that were handled before an earlier one of their key.</summary>
    private static int Overtakings(IReadOnlyList<Handled> handled) => handled.GroupBy(h => h.Key).Sum(key =>
    {
        var lowestAfter = int.MaxValue;
        return key.Reverse().Count(h =>
        {
            var overtook = h.Number > lowestAfter;
            lowestAfter = Math.Min(lowestAfter, h.Number);
            return overtook;
        });
    });
}
