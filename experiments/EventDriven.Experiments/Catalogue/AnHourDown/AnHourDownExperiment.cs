using System.Diagnostics;
using System.Globalization;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.AnHourDown;

/// <summary>Email is stopped, people go on signing up, its records grow old, the broker forgets and repeats itself; then it comes back.</summary>
internal sealed class AnHourDownExperiment : IExperiment
{
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromMinutes(5);
    private const int PeopleOfAnHour = 2 * 3_600; // as many as Traffic sends when nobody tells it otherwise
    private static readonly string[] Templates = ["welcome", "first-picks"];

    public string Name => "an-hour-down";

    public string Title => "A subscriber is down: nothing lost, nothing twice, and nobody noticed";

    public string Story =>
        "Email is stopped while people sign up. The hour is passed quickly: its records are made two months old, so that no memory with an end would help, and part of what it has handled long ago is sent to it again. "
        + "When it is back, everybody gets each mail once, and those who signed up meanwhile never noticed.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("Nothing is lost", "mails missing", Side.Exactly, 0, "mails"),
        new("Nothing is done twice", "mails twice", Side.Exactly, 0, "mails"),
        new("Nobody was refused while it was down", "sign-ups refused while it was down", Side.Exactly, 0, "people"),
        new("Signing up took as long as before", "median of a sign-up, down over up", Side.AtMost, 1.5, "times"),
        new("An hour of people, two a second, is caught up in less than half an hour", "time to catch up an hour", Side.AtMost, 30, "minutes"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct, "signup", "email", "recommendations", "orders", "payments", "fulfilment"); // all that Email listens to: it asks for their history
        var people = lab.Pick(150, 2_000);
        lab.Say($"{people:#,0} people sign up while all is well");
        var before = await SignUps.Of(lab, people, ct);
        await Until.Last(() => Mails.Sent(lab, ct), sent => Missing(before, sent) == 0, SettlesWithin, ct);
        var handled = Wire.ReadAll(lab, "signup.events");

        lab.Say($"Email is stopped, and {people:#,0} people sign up");
        await lab.StopService("email", ct);
        var stopped = Stopwatch.GetTimestamp();
        var meanwhile = await SignUps.Of(lab, people, ct);
        await Until.Get(() => lab.Unrelayed("signup"), left => left == 0, "all of it is on the topic", SettlesWithin, ct);
        var forgotten = await Wire.Forget(lab, "signup.events");
        await Wire.SendAgain(lab, handled);
        await Mails.Age(lab, ct);
        var down = Stopwatch.GetElapsedTime(stopped);

        lab.Say("Email comes back");
        var back = Stopwatch.GetTimestamp();
        var sentBefore = (await Mails.Sent(lab, ct)).Values.Sum();
        List<Point> backlog = [];
        var starting = lab.StartService("email", ct);
        var sent = await Until.Last(async () =>
        {
            var now = await Mails.Sent(lab, ct);
            backlog.Add(new(Math.Round(Stopwatch.GetElapsedTime(back).TotalSeconds, 2), Missing(meanwhile, now)));
            lab.Plot("mails that people wait for", backlog[^1].Y);
            return now;
        }, now => Missing(meanwhile, now) == 0, SettlesWithin, ct);
        var caughtUp = Stopwatch.GetElapsedTime(back);
        await starting;
        await AtRest(lab, ct);
        sent = await Mails.Sent(lab, ct);
        return Judge(before, meanwhile, sent, sent.Values.Sum() - sentBefore, down, caughtUp, backlog, forgotten, handled.Count);
    }

    /// <summary>What was sent again has come to it by now, too.</summary>
    private static async Task AtRest(Lab lab, CancellationToken ct)
    {
        using var client = lab.Control("email");
        await Until.Get(async () => await client.GetStringAsync("/control/subscriptions/email", ct),
            state => state.Contains("\"lag\":0", StringComparison.Ordinal) && state.Contains("\"state\":\"running\"", StringComparison.Ordinal),
            "Email has read its topics to their ends", SettlesWithin, ct);
    }

    private static int Missing(SignUps people, Dictionary<(Guid, string), int> sent) => people.Users.Sum(user => Templates.Count(template => !sent.ContainsKey((user, template))));

    private static Observations Judge(
        SignUps before, SignUps meanwhile, Dictionary<(Guid, string), int> sent, int mails, TimeSpan down, TimeSpan caughtUp, List<Point> backlog, bool forgotten, int again)
    {
        var (up, while_) = (Percentile.Of(before.Milliseconds, 0.5), Percentile.Of(meanwhile.Milliseconds, 0.5));
        return new()
        {
            Chart = new Chart("Mails that people wait for, after Email came back", "seconds", "mails",
                [new("waiting", [new(0, meanwhile.Users.Length * Templates.Length), .. backlog.Where((_, n) => n == backlog.Count - 1 || n % Math.Max(1, backlog.Count / 30) == 0)])]),
            Measures =
            {
                ["people while it was down"] = meanwhile.Users.Length,
                ["seconds down"] = down.TotalSeconds,
                ["seconds to catch up"] = caughtUp.TotalSeconds,
                ["mails per second while catching up"] = mails / caughtUp.TotalSeconds,
                ["mails missing"] = Missing(before, sent) + Missing(meanwhile, sent),
                ["mails twice"] = sent.Values.Sum(times => times - 1),
                ["sign-ups refused while it was down"] = meanwhile.Refused,
                ["median of a sign-up while it was up, ms"] = up,
                ["median of a sign-up while it was down, ms"] = while_,
                ["median of a sign-up, down over up"] = while_ / up,
                ["time to catch up an hour"] = PeopleOfAnHour * Templates.Length / (mails / caughtUp.TotalSeconds) / 60,
            },
            Samples = { ["sign-up while it was up, ms"] = before.Milliseconds, ["sign-up while it was down, ms"] = meanwhile.Milliseconds },
            Notes =
            {
                $"{again:#,0} messages that it had handled before were sent to it again.",
                forgotten
                    ? "The broker had dropped what was published while it was down: it read it from Signup's own log."
                    : "The topic still held what was published meanwhile: the in-memory broker cannot drop messages. On Apache Kafka this experiment drops them first.",
                string.Create(CultureInfo.InvariantCulture, $"{mails:#,0} mails in {caughtUp.TotalSeconds:0.0} s, Email's own start included."),
            },
        };
    }
}
