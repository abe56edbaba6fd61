using EventDriven.Log;

namespace EventDriven.Contracts.Accounts;

/// <summary>
/// What Accounts says to others: each event stands in the stream of one account. Amounts are integer minor units, 1 to 10^15.
/// Of a transfer's events, the one of the sender's stream takes the money (<see cref="TransferStarted"/>), the one of the receiver's
/// gives it (<see cref="TransferCompleted"/>) or says that it is not taken (<see cref="TransferRefused"/>), and the sender's stream ends
/// with the same word; in between the money is in transit.
/// </summary>
public static class AccountsContract
{
    public const string Events = "accounts.events";

    public static MessageTypes Types { get; } =
    [
        MessageType.Published<AccountOpened>("accounts.account-opened.v1", Events),
        MessageType.Published<MoneyDeposited>("accounts.money-deposited.v1", Events),
        MessageType.Published<MoneyWithdrawn>("accounts.money-withdrawn.v1", Events),
        MessageType.Published<TransferStarted>("accounts.transfer-started.v1", Events),
        MessageType.Published<TransferCompleted>("accounts.transfer-completed.v1", Events),
        MessageType.Published<TransferRefused>("accounts.transfer-refused.v1", Events),
        MessageType.Published<AccountFrozen>("accounts.account-frozen.v1", Events),
        MessageType.Published<AccountUnfrozen>("accounts.account-unfrozen.v1", Events),
        MessageType.Published<AccountClosed>("accounts.account-closed.v1", Events),
    ];
}

/// <summary>Something that happened to one account.</summary>
public interface IAccountEvent
{
    Guid AccountId { get; }

    Guid OwnerId { get; }
}

/// <summary>A step of a transfer, as it shows in the stream of <see cref="IAccountEvent.AccountId"/>: the sender's or the receiver's.</summary>
public interface ITransferEvent : IAccountEvent
{
    Guid TransferId { get; }

    long Amount { get; }

    string Currency { get; }
}

public sealed record AccountOpened(Guid AccountId, Guid OwnerId, string Currency) : IAccountEvent;

/// <summary>EffectiveAt: when it took effect; null when that is the moment it was recorded.</summary>
public sealed record MoneyDeposited(Guid AccountId, Guid OwnerId, long Amount, string Currency, DateTimeOffset? EffectiveAt) : IAccountEvent;

/// <summary>EffectiveAt: when it took effect; null when that is the moment it was recorded.</summary>
public sealed record MoneyWithdrawn(Guid AccountId, Guid OwnerId, long Amount, string Currency, DateTimeOffset? EffectiveAt) : IAccountEvent;

/// <summary>In the sender's stream only: the money has left the account and is in transit.</summary>
public sealed record TransferStarted(Guid AccountId, Guid OwnerId, Guid TransferId, Guid From, Guid To, long Amount, string Currency) : ITransferEvent;

/// <summary>In the receiver's stream: the money has arrived. In the sender's: it is known there that it has.</summary>
public sealed record TransferCompleted(Guid AccountId, Guid OwnerId, Guid TransferId, Guid From, Guid To, long Amount, string Currency) : ITransferEvent;

/// <summary>
/// In the receiver's stream: it does not take the money. In the sender's: the transfer is refused. IsReturned: the money had been in
/// transit and is back on the account with this event, as it is in the sender's stream after a <see cref="TransferStarted"/>.
/// </summary>
public sealed record TransferRefused(
    Guid AccountId, Guid OwnerId, Guid TransferId, Guid From, Guid To, long Amount, string Currency, string Reason, bool IsReturned) : ITransferEvent;

public sealed record AccountFrozen(Guid AccountId, Guid OwnerId) : IAccountEvent;

public sealed record AccountUnfrozen(Guid AccountId, Guid OwnerId) : IAccountEvent;

public sealed record AccountClosed(Guid AccountId, Guid OwnerId) : IAccountEvent;
