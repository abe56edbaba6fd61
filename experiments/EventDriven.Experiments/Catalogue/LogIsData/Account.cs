using EventDriven.EventSourcing;
using EventDriven.Log;

namespace EventDriven.Experiments.Catalogue.LogIsData;

/// <summary>What happened to an account.</summary>
internal interface IMovement;

internal sealed record Deposited(long Amount) : IMovement;

internal sealed record Withdrawn(long Amount) : IMovement;

/// <summary>What an account can be asked.</summary>
internal sealed record Deposit(long Amount);

/// <summary>What its events come to.</summary>
internal sealed record Account(long Balance)
{
    public static Decider<Deposit, Account> Decider { get; } = EventSourcing.Decider.Of<Deposit, IMovement, Account>(
        "account", (command, _) => [new Deposited(command.Amount)], Evolve, new Account(0));

    public static Account Evolve(Account account, IMovement happened) => happened switch
    {
        Deposited e => new(account.Balance + e.Amount),
        Withdrawn e => new(account.Balance - e.Amount),
        _ => account,
    };

    public static MessageTypes Types(string service) =>
    [
        MessageType.Private<Deposited>($"{service}.deposited.v1"),
        MessageType.Private<Withdrawn>($"{service}.withdrawn.v1"),
    ];
}

/// <summary>What the experiment writes, and what it has to come to: summed up here, without the building blocks.</summary>
internal static class Movements
{
    /// <summary>The movement at one version of every stream: now and then some is withdrawn again.</summary>
    public static IMovement At(long version) => version % 4 == 3 ? new Withdrawn(100 + (version % 5)) : new Deposited(50 + (version % 17));

    /// <summary>The balance with this version included.</summary>
    public static long BalanceAt(long version)
    {
        var sum = 0L;
        for (var v = 0L; v <= version; v++)
            sum += At(v) is Withdrawn w ? -w.Amount : ((Deposited)At(v)).Amount;
        return sum;
    }
}
