using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;

namespace EventDriven.Experiments.Catalogue.CommandAndEvent;

/// <summary>The same need twice: a mail for everybody who joins, and later points as well. Once the shop commands, once it tells.</summary>
internal sealed class CommandAndEventExperiment : IExperiment
{
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromMinutes(1), NothingComes = TimeSpan.FromSeconds(3);

    public string Name => "command-and-event";

    public string Title => "Command and event: who must know whom, and what a second reaction costs";

    public string Story =>
        "A shop wants everybody who joins to get a welcome mail. It can command the mail, and then it knows who sends mails; or it can say that somebody joined, and then whoever sends mails knows the shop. "
        + "The difference shows when points are to be given as well: the commanding shop is changed and deployed again, the telling one hears nothing of it.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("A second reaction changes the sender of a command", "changes in the sender, by command", Side.AtLeast, 1, "parts"),
        new("It changes nothing in the sender of an event", "changes in the sender, by event", Side.Exactly, 0, "parts"),
        new("The sender of the event is not even started again", "starts of the sender, by event", Side.Exactly, 1, "starts"),
        new("A command's sender knows its receivers", "contracts of others that the sender knows, by command", Side.AtLeast, 2, "contracts"),
        new("An event's sender knows none", "contracts of others that the sender knows, by event", Side.Exactly, 0, "contracts"),
        new("With a command, whoever joined before is passed over by the second reaction", "without points, by command", Side.AtLeast, 1, "customers"),
        new("With an event, the second reaction covers them as well", "without points, by event", Side.Exactly, 0, "customers"),
        new("Everybody gets the mail either way", "without a mail", Side.Exactly, 0, "customers"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var customers = lab.Pick(30, 300);
        lab.Say("by command");
        var byCommand = await ByCommand(lab, customers, ct);
        lab.Say("by event");
        var byEvent = await ByEvent(lab, customers, ct);
        return new()
        {
            Chart = new Chart("What the two sides know of each other, with two reactions", "", "contracts of others",
            [
                new("known to the sender", [new(0, byCommand.SenderKnows), new(1, byEvent.SenderKnows)]),
                new("known to the receivers", [new(0, byCommand.ReceiversKnow), new(1, byEvent.ReceiversKnow)]),
                new("changes in the sender", [new(0, byCommand.Changes), new(1, byEvent.Changes)]),
            ])
            { Bars = ["by command", "by event"] },
            Measures =
            {
                ["customers"] = customers * 3,
                ["changes in the sender, by command"] = byCommand.Changes,
                ["changes in the sender, by event"] = byEvent.Changes,
                ["starts of the sender, by command"] = byCommand.Starts,
                ["starts of the sender, by event"] = byEvent.Starts,
                ["contracts of others that the sender knows, by command"] = byCommand.SenderKnows,
                ["contracts of others that the sender knows, by event"] = byEvent.SenderKnows,
                ["contracts of others that the receivers know, by command"] = byCommand.ReceiversKnow,
                ["contracts of others that the receivers know, by event"] = byEvent.ReceiversKnow,
                ["without points, by command"] = byCommand.WithoutPoints,
                ["without points, by event"] = byEvent.WithoutPoints,
                ["without a mail"] = byCommand.WithoutMail + byEvent.WithoutMail,
            },
            Notes = { "Knowledge does not go away: with an event it is the receivers that know the sender. What changes is who has to move when something is added." },
        };
    }

    private static async Task<Outcome> ByCommand(Lab lab, int customers, CancellationToken ct)
    {
        var (name, mailName, pointsName) = (await LabService.Prepare(lab), await Reaction.Prepare(lab), await Reaction.Prepare(lab));
        ISender before = new CommandsTheMail(name, mailName), after = new CommandsTheMailAndThePoints(name, mailName, pointsName);
        await using var shop = new Shop(lab, name);
        await shop.Deploy(before, ct);
        await using var mail = await Reaction.Start<SendWelcomeMail>(lab, mailName, [Contracts.SendWelcomeMail(mailName, name)], ct);
        await shop.Join(customers, ct);

        // The points are there now; the shop does not know.
        await using var points = await Reaction.Start<GivePoints>(lab, pointsName, [Contracts.GivePoints(pointsName, name)], ct);
        await shop.Join(customers, ct);
        await Until.Last(() => Reaction.Done(points), done => done > 0, NothingComes, ct);

        await shop.Deploy(after, ct);
        await shop.Join(customers, ct);
        return await Outcome.Of(
            lab, "by command", customers * 3, expectedPoints: customers, shop.Starts, Knowledge.Changes(before, after), Knowledge.OfOthers(name, after.Types), receiversKnow: 0, mail, points, SettlesWithin, ct);
    }

    private static async Task<Outcome> ByEvent(Lab lab, int customers, CancellationToken ct)
    {
        var (name, mailName, pointsName) = (await LabService.Prepare(lab), await Reaction.Prepare(lab), await Reaction.Prepare(lab));
        var code = new SaysWhatHappened(name);
        await using var shop = new Shop(lab, name);
        await shop.Deploy(code, ct);
        await using var mail = await Reaction.Start<CustomerJoined>(lab, mailName, code.Types, ct);
        await shop.Join(customers, ct);

        await using var points = await Reaction.Start<CustomerJoined>(lab, pointsName, code.Types, ct);
        await shop.Join(customers * 2, ct);
        return await Outcome.Of(
            lab, "by event", customers * 3, expectedPoints: customers * 3, shop.Starts, Knowledge.Changes(code, code), Knowledge.OfOthers(name, code.Types),
            Knowledge.OfOthers(mailName, code.Types) + Knowledge.OfOthers(pointsName, code.Types), mail, points, SettlesWithin, ct);
    }

    private sealed record Outcome(int Starts, int Changes, int SenderKnows, int ReceiversKnow, long WithoutMail, long WithoutPoints)
    {
        public static async Task<Outcome> Of(
            Lab lab, string way, int customers, int expectedPoints, int starts, int changes, int senderKnows, int receiversKnow, LabService mail, LabService points, TimeSpan settles, CancellationToken ct)
        {
            var mails = await Until.Last(() => lab.Plot($"mails, {way}", Reaction.Done(mail)), done => done >= customers, settles, ct);
            var withPoints = await Until.Last(() => lab.Plot($"points, {way}", Reaction.Done(points)), done => done >= expectedPoints, settles, ct);
            return new(starts, changes, senderKnows, receiversKnow, customers - mails, customers - withPoints);
        }
    }
}
