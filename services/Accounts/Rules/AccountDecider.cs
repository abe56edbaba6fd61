using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;

namespace EventDriven.Accounts.Rules;

/// <summary>The rules of one account. Both functions are pure: no clock, no I/O, no ids made here.</summary>
public static class AccountDecider
{
    public const string Category = "account";

    public static Decider<AccountCommand, Account> Decider { get; } = EventSourcing.Decider.Of<AccountCommand, IAccountEvent, Account>(
        Category, Decide, Evolve, Account.Initial, happened => new NewEvent(happened) { EffectiveAt = EffectiveAt(happened) });

    public static IReadOnlyList<IAccountEvent> Decide(AccountCommand command, Account account) => (command, account.Status) switch
    {
        (OpenAccount c, AccountStatus.None) => [new AccountOpened(c.AccountId, c.OwnerId, c.Currency)],
        (OpenAccount, _) => throw Refusals.Exists,

        (DepositMoney c, _) => account.ToTake(c.Amount, c.Currency) is { } refusal
            ? throw refusal : [new MoneyDeposited(account.Id, account.OwnerId, c.Amount, c.Currency, c.EffectiveAt)],
        (WithdrawMoney c, _) => account.ToGive(c.Amount, c.Currency) is { } refusal
            ? throw refusal : [new MoneyWithdrawn(account.Id, account.OwnerId, c.Amount, c.Currency, c.EffectiveAt)],

        (StartTransfer { ReceiverExists: false } c, _) => throw new StreamNotFoundException(Decider.Stream(c.To)),
        (StartTransfer c, _) => [Start(c, account)],
        (ReceiveTransfer c, _) => [Receive(c, account)],
        (EndTransfer c, _) => account.InTransit.ContainsKey(c.TransferId) ? [End(c, account)] : [], // it has ended before

        (_, AccountStatus.Closed) => throw Refusals.Closed,
        (FreezeAccount, AccountStatus.Frozen) => throw Refusals.Frozen,
        (FreezeAccount, _) => [new AccountFrozen(account.Id, account.OwnerId)],
        (UnfreezeAccount, AccountStatus.Frozen) => [new AccountUnfrozen(account.Id, account.OwnerId)],
        (UnfreezeAccount, _) => throw Refusals.NotFrozen,
        (CloseAccount, _) when account.Balance > 0 => throw Refusals.BalanceLeft,
        (CloseAccount, _) when !account.InTransit.IsEmpty => throw Refusals.TransferPending,
        (CloseAccount, _) => [new AccountClosed(account.Id, account.OwnerId)],
        _ => throw new NotSupportedException($"No account knows {command.GetType().Name}."),
    };

    // Never throws: what has happened cannot be refused.
    public static Account Evolve(Account account, IAccountEvent happened) => happened switch
    {
        AccountOpened e => account with { Id = e.AccountId, OwnerId = e.OwnerId, Currency = e.Currency, Status = AccountStatus.Open },
        MoneyDeposited e => account with { Balance = account.Balance + e.Amount },
        MoneyWithdrawn e => account with { Balance = account.Balance - e.Amount },
        TransferStarted e => account with { Balance = account.Balance - e.Amount, InTransit = account.InTransit.SetItem(e.TransferId, e.Amount) },
        TransferCompleted e when e.AccountId == e.To => account with { Balance = account.Balance + e.Amount },
        TransferCompleted e => account with { InTransit = account.InTransit.Remove(e.TransferId) },
        TransferRefused { IsReturned: true } e => account with { Balance = account.Balance + e.Amount, InTransit = account.InTransit.Remove(e.TransferId) },
        AccountFrozen => account with { Status = AccountStatus.Frozen },
        AccountUnfrozen => account with { Status = AccountStatus.Open },
        AccountClosed => account with { Status = AccountStatus.Closed },
        _ => account,
    };

    private static IAccountEvent Start(StartTransfer c, Account from) => from.ToGive(c.Amount, c.Currency) is { } refusal
        ? new TransferRefused(from.Id, from.OwnerId, c.TransferId, from.Id, c.To, c.Amount, c.Currency, refusal.Code, IsReturned: false)
        : new TransferStarted(from.Id, from.OwnerId, c.TransferId, from.Id, c.To, c.Amount, c.Currency);

    private static IAccountEvent Receive(ReceiveTransfer c, Account to) => to.ToTake(c.Amount, c.Currency) is { } refusal
        ? new TransferRefused(to.Id, to.OwnerId, c.TransferId, c.From, to.Id, c.Amount, c.Currency, refusal.Code, IsReturned: false)
        : new TransferCompleted(to.Id, to.OwnerId, c.TransferId, c.From, to.Id, c.Amount, c.Currency);

    private static IAccountEvent End(EndTransfer c, Account from) => c.Refusal is { } reason
        ? new TransferRefused(from.Id, from.OwnerId, c.TransferId, from.Id, c.To, c.Amount, c.Currency, reason, IsReturned: true)
        : new TransferCompleted(from.Id, from.OwnerId, c.TransferId, from.Id, c.To, c.Amount, c.Currency);

    private static DateTimeOffset? EffectiveAt(IAccountEvent happened) => happened switch
    {
        MoneyDeposited e => e.EffectiveAt,
        MoneyWithdrawn e => e.EffectiveAt,
        _ => null,
    };
}
