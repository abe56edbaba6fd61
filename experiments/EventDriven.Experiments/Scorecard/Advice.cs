namespace EventDriven.Experiments.Scorecard;

/// <summary>What to do.</summary>
internal enum Way
{
    /// <summary>Leave this architecture alone: a method call and a transaction do.</summary>
    NoneOfThis,

    /// <summary>Call the other service and wait.</summary>
    Call,

    /// <summary>Call for the answer, then state what happened: a mix.</summary>
    CallThenEvent,

    /// <summary>Send a message to its one owner.</summary>
    Command,

    /// <summary>State what happened; whoever is interested listens.</summary>
    Event,

    /// <summary>State what happened, and have a process manager put together what comes from several services.</summary>
    EventAndProcessManager,
}

/// <summary>One reason, and the experiment that has measured it.</summary>
/// <param name="Says">In plain words.</param>
/// <param name="Experiment">Its name.</param>
/// <param name="Measure">The number that speaks for it.</param>
internal sealed record Reason(string Says, string Experiment, string Measure);

/// <summary>What to do and why.</summary>
internal sealed record Advice(Way Way, IReadOnlyList<Reason> Reasons)
{
    /// <summary>The advice in a sentence.</summary>
    public string Says => Way switch
    {
        Way.NoneOfThis => "Leave this architecture alone: one service with one database has method calls and transactions, which are simpler and faster than any broker.",
        Way.Call => "Call: whoever needs it asks for it and waits.",
        Way.CallThenEvent => "Both: call for the answer that is needed now, then state what happened as an event for everybody else.",
        Way.Command => "Send a command: a message to the one service that does it, kept until it does.",
        Way.Event => "State it as an event; whoever is interested listens.",
        _ => "State it as an event, and have a process manager put together what comes from several services.",
    };

    /// <summary>Weighs the answers. Pure.</summary>
    public static Advice Of(Answers answers) => new(Choose(answers), [.. Why(answers)]);

    // From what forces the most to what forces the least.
    private static Way Choose(Answers answers) => answers switch
    {
        { Team: Team.OneService, Who: not Listeners.NotKnownYet } => Way.NoneOfThis,
        { Answer: AnswerNeeded.Now, Who: Listeners.One } => Way.Call,
        { Answer: AnswerNeeded.Now } => Way.CallThenEvent,
        { Work: WorkSize.Tiny, Who: Listeners.One } => Way.Call,
        { Order: OrderNeeded.AcrossServices } => Way.EventAndProcessManager,
        { Who: Listeners.One } => Way.Command,
        _ => Way.Event,
    };

    private static IEnumerable<Reason> Why(Answers answers)
    {
        if (answers.Answer == AnswerNeeded.Now)
            yield return new("An answer that is needed now comes later by event, and thanks have to be taken back", "answer-needed-now", "time until known, event over call");
        else
            yield return new("Nobody waits for an answer, so the other service may be slow or away", "coupling", "orders taken by call while mail is down");

        if (answers.Work == WorkSize.Tiny)
            yield return new("For tiny work the way through the broker is most of the price", "tiny-work", "message over call at 1 ms");
        else if (answers.Answer != AnswerNeeded.Now)
            yield return new("The work is large enough to carry the way through the broker", "tiny-work", "overhead, ms");

        if (answers.Who != Listeners.One)
            yield return new("With an event, another listener changes nothing in the sender; with a command it does", "command-and-event", "changes in the sender, by command");
        if (answers.Who == Listeners.NotKnownYet)
            yield return new("Who comes later gets the whole history", "new-subscriber", "people missing");

        if (answers.Order == OrderNeeded.AcrossServices)
            yield return new("Nothing keeps the order between two services' topics", "order-across-services", "scrambled after being away, naive");
        else if (answers.Order == OrderNeeded.OfOneThing)
            yield return new("The order of one thing's events is kept, also while one of them fails", "poison", "overtook with parked key");

        if (answers.Team == Team.WithoutTracing)
            yield return new("Before anything else, make messages traceable: without that, one that is lost is looked for in all topics", "no-tracing", "messages looked at without, over questions with");
        if (answers.Team == Team.OneService)
            yield return new("Whoever has one database need not publish at all, and so cannot lose between two writes", "dual-write", "lost by save-then-publish");
    }
}
