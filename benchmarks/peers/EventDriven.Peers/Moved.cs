namespace EventDriven.Peers;

// Public, because Marten compiles code against them.

/// <summary>The one event of the event-sourced workloads, of the same bytes as ours.</summary>
public sealed record Moved(Guid OrderId, int N, decimal Amount, string Text);

/// <summary>What the events of a stream come to.</summary>
public sealed partial class Account
{
    public Guid Id { get; set; }

    public int Count { get; set; }

    public decimal Total { get; set; }

    public void Apply(Moved moved)
    {
        Count++;
        Total += moved.Amount;
    }
}
