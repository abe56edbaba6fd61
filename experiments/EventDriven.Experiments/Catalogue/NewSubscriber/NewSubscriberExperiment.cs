using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.NewSubscriber;

/// <summary>People sign up; then a service that nobody thought of joins, while others go on signing up.</summary>
internal sealed class NewSubscriberExperiment : IExperiment
{
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromMinutes(2);

    public string Name => "new-subscriber";

    public string Title => "A new subscriber: the whole history, and nobody else is touched";

    public string Story =>
        "Signup has been telling for a while who signed up. Now somebody has an idea and starts a service that listens. It gets everything there ever was, also what the topic no longer holds, and Signup is neither changed nor started again: it never learns of it.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("The newcomer has everybody, those from before it included", "people missing", Side.Exactly, 0, "people"),
        new("It has nobody twice", "people twice", Side.Exactly, 0, "people"),
        new("The publisher's binaries are the same", "publisher's binaries changed", Side.Exactly, 0, "changes"),
        new("The publisher was not started again", "publisher's restarts", Side.Exactly, 0, "restarts"),
        new("Nobody was refused meanwhile", "sign-ups refused", Side.Exactly, 0, "people"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct, "signup");
        var (before, meanwhile) = lab.Pick((100, 50), (2_000, 1_000));
        lab.Say($"{before:#,0} people sign up");
        var early = await SignUps.Of(lab, before, ct);
        await Until.Get(() => lab.Unrelayed("signup"), left => left == 0, "all of it is on the topic", SettlesWithin, ct);
        var forgotten = await Wire.Forget(lab, "signup.events");
        var (hash, epoch) = (Binaries.Hash("Signup"), await Epoch(lab));

        lab.Say($"the newcomer starts, and {meanwhile:#,0} more sign up");
        var started = Stopwatch.GetTimestamp();
        var signingUp = SignUps.Of(lab, meanwhile, ct);
        await using var newcomer = await Newcomer.Start(lab, ct);
        var progress = new ConcurrentQueue<Point>();
        var late = await signingUp;
        var all = early.Users.Concat(late.Users).ToHashSet();
        var ever = await lab.Scalar("signup", "select count(*) from log.events where type = 'signup.user-signed-up.v1'");
        var people = await Until.Last(async () =>
        {
            var seen = await Newcomer.People(newcomer, ct);
            progress.Enqueue(new(Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 2), seen.Count));
            lab.Plot("people that the newcomer knows", seen.Count);
            return seen;
        }, seen => seen.Count >= ever && all.IsSubsetOf(seen), SettlesWithin, ct);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        return new()
        {
            Chart = new Chart("What the newcomer knows", "seconds since it was started", "people",
                [new("known to it", [new(0, 0), .. Thin([.. progress])]), new("ever signed up", [new(0, ever), new(progress.Last().X, ever)])]),
            Measures =
            {
                ["signed up before it"] = early.Users.Length,
                ["signed up while it started"] = late.Users.Length,
                ["people missing"] = Math.Max(all.Except(people).Count(), ever - people.Distinct().Count()),
                ["people twice"] = people.Count - people.Distinct().Count(),
                ["publisher's binaries changed"] = Binaries.Hash("Signup") == hash ? 0 : 1,
                ["publisher's restarts"] = await Epoch(lab) - epoch,
                ["sign-ups refused"] = early.Refused + late.Refused,
                ["seconds until it had everybody"] = seconds,
            },
            Notes =
            {
                forgotten
                    ? "The broker had dropped all earlier messages before the newcomer came: it read them from Signup's own log."
                    : "The topic still held everything: the in-memory broker cannot drop messages. On Apache Kafka this experiment drops them first.",
                string.Create(CultureInfo.InvariantCulture, $"{people.Count:#,0} people after {seconds:0.0} s, the start of the newcomer included."),
            },
        };
    }

    /// <summary>Whoever starts anew takes the log's lease anew, and its epoch rises.</summary>
    private static Task<long> Epoch(Lab lab) => lab.Scalar("signup", "select epoch from log.lease");

    private static IEnumerable<Point> Thin(Point[] points) => points.Where((p, n) => n == points.Length - 1 || n % Math.Max(1, points.Length / 30) == 0);
}
