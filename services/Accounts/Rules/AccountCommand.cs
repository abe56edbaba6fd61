namespace EventDriven.Accounts.Rules;

/// <summary>What can be asked of an account.</summary>
public abstract record AccountCommand;

public sealed record OpenAccount(Guid AccountId, Guid OwnerId, string Currency) : AccountCommand;

public sealed record DepositMoney(long Amount, string Currency, DateTimeOffset? EffectiveAt = null) : AccountCommand;

public sealed record WithdrawMoney(long Amount, string Currency, DateTimeOffset? EffectiveAt = null) : AccountCommand;

public sealed record FreezeAccount : AccountCommand;

public sealed record UnfreezeAccount : AccountCommand;

public sealed record CloseAccount : AccountCommand;

/// <summary>The sender's part of a transfer. Whether there is a receiver is no state of the sender's, so it comes with the command.</summary>
public sealed record StartTransfer(Guid TransferId, Guid To, bool ReceiverExists, long Amount, string Currency) : AccountCommand;

/// <summary>The receiver's part.</summary>
public sealed record ReceiveTransfer(Guid TransferId, Guid From, long Amount, string Currency) : AccountCommand;

/// <summary>The end of the sender's part. Refusal: why the receiver did not take it; null when it did.</summary>
public sealed record EndTransfer(Guid TransferId, Guid To, long Amount, string Currency, string? Refusal) : AccountCommand;
