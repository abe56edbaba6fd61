namespace EventDriven.Peers;

// Public, because Wolverine and Marten compile code against them.

/// <summary>The one message, of the same bytes as ours.</summary>
public sealed record OrderPlaced(int Seq, string Pad);

/// <summary>The business row where Marten is the store.</summary>
public sealed record OrderDocument(Guid Id, string Customer, int Qty, decimal Price, string Note);

/// <summary>The handler's effect where Marten is the store.</summary>
public sealed record EffectDocument(Guid Id, int Seq, string Customer, int Qty, decimal Price);
