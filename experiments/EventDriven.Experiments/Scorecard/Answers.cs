namespace EventDriven.Experiments.Scorecard;

/// <summary>Whether the one who asks can go on without an answer.</summary>
internal enum AnswerNeeded
{
    /// <summary>No: a yes or a no is needed before anything else can happen.</summary>
    Now,

    /// <summary>Yes, but somebody will want to know within minutes.</summary>
    Soon,

    /// <summary>Nobody waits.</summary>
    No,
}

/// <summary>Whether it matters what came first.</summary>
internal enum OrderNeeded
{
    /// <summary>No.</summary>
    None,

    /// <summary>Among what happens to one thing: one order, one account.</summary>
    OfOneThing,

    /// <summary>Between what several services say.</summary>
    AcrossServices,
}

/// <summary>How much there is to do for it.</summary>
internal enum WorkSize
{
    /// <summary>Less than 10 ms.</summary>
    Tiny,

    /// <summary>Up to a second.</summary>
    Short,

    /// <summary>Longer, or somebody outside has a part in it.</summary>
    Long,
}

/// <summary>Who has to know.</summary>
internal enum Listeners
{
    /// <summary>One service, and it is clear which.</summary>
    One,

    /// <summary>Several.</summary>
    Several,

    /// <summary>More will come that nobody knows yet.</summary>
    NotKnownYet,
}

/// <summary>Who builds and runs it.</summary>
internal enum Team
{
    /// <summary>One team with one service and one database.</summary>
    OneService,

    /// <summary>Several services, but nobody can follow a message through them yet.</summary>
    WithoutTracing,

    /// <summary>Several services, messages can be followed, and somebody looks after the broker.</summary>
    Equipped,
}

/// <summary>What is asked about something that happens.</summary>
internal sealed record Answers(AnswerNeeded Answer, OrderNeeded Order, WorkSize Work, Listeners Who, Team Team);
