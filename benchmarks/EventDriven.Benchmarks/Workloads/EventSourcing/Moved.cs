using EventDriven.Benchmarks.Measuring;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.PersonalData;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>The one event of the event-sourced workloads. It is private: nothing is relayed, as on the other side.</summary>
internal sealed record Moved(Guid OrderId, int N, decimal Amount, string Text)
{
    public static MessageTypes Types => [MessageType.Private<Moved>("bench.moved.v1"), MessageType.Private<SealedMoved>("bench.sealed-moved.v1")];

    public static NewEvent New(int number) => new(new Moved(Guid.CreateVersion7(), number, Moves.Amount, Moves.Text));

    public static NewEvent[] Several(int count) => [.. Enumerable.Range(0, count).Select(New)];
}

/// <summary>The same with its text encrypted.</summary>
internal sealed record SealedMoved(Guid OrderId, int N, decimal Amount, PersonalText Text);

/// <summary>What the events of a stream come to.</summary>
internal sealed record Account(int Count, decimal Total)
{
    /// <summary>Folds, and decides nothing: these workloads append what they like.</summary>
    public static Decider<NewEvent, Account> Decider { get; } = EventDriven.EventSourcing.Decider.Of<NewEvent, Moved, Account>(
        "account", (_, _) => [], (account, moved) => new(account.Count + 1, account.Total + moved.Amount), new(0, 0));
}
