namespace EventDriven.Accounts.Rules;

/// <summary>What can be asked of an account.</summary>
public abstract record AccountCommand;

public sealed record OpenAccount(Guid AccountId, Guid OwnerId, string Currency) : AccountCommand;

public sealed record DepositMoney(long Amount, string Currency, DateTimeOffset? EffectiveAt = null) : AccountCommand;

public sealed record WithdrawMoney(long Amount, string Currency, DateTimeOffset? EffectiveAt = null) : AccountCommand;

public sealed record FreezeAccount : AccountCommand;

public sealed record UnfreezeAccount : AccountCommand;

public sealed record CloseAccount : AccountCommand;
