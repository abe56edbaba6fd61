using EventDriven.Log;

namespace EventDriven.Experiments.Catalogue.CommandAndEvent;

/// <summary>The code of the service where customers join, in one version of it.</summary>
internal interface ISender
{
    /// <summary>What it may say.</summary>
    MessageTypes Types { get; }

    /// <summary>What it says when a customer has joined.</summary>
    IReadOnlyList<NewEvent> Joined(Guid customer);
}

/// <summary>States the fact. It knows its own contract, and nobody else.</summary>
internal sealed class SaysWhatHappened(string shop) : ISender
{
    public MessageTypes Types => [Contracts.CustomerJoined(shop)];

    public IReadOnlyList<NewEvent> Joined(Guid customer) => [new(new CustomerJoined(customer))];
}

/// <summary>Commands the mail.</summary>
internal sealed class CommandsTheMail(string shop, string mail) : ISender
{
    public MessageTypes Types => [Contracts.SendWelcomeMail(mail, shop)];

    public IReadOnlyList<NewEvent> Joined(Guid customer) => [new(new SendWelcomeMail(customer))];
}

/// <summary>The same sender after the change that the second reaction asks of it.</summary>
internal sealed class CommandsTheMailAndThePoints(string shop, string mail, string points) : ISender
{
    public MessageTypes Types => [Contracts.SendWelcomeMail(mail, shop), Contracts.GivePoints(points, shop)];

    public IReadOnlyList<NewEvent> Joined(Guid customer) => [new(new SendWelcomeMail(customer)), new(new GivePoints(customer))];
}
