using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;

namespace EventDriven.Accounts.Rules;

/// <summary>The rules of one account. Both functions are pure: no clock, no I/O, no ids made here.</summary>
public static class AccountDecider
{
    public static Decider<AccountCommand, Account> Decider { get; } = EventSourcing.Decider.Of<AccountCommand, IAccountEvent, Account>(
        "account", Decide, Evolve, Account.Initial, happened => new NewEvent(happened) { EffectiveAt = EffectiveAt(happened) });

    public static IReadOnlyList<IAccountEvent> Decide(AccountCommand command, Account account) => (command, account.Status) switch
    {
        (OpenAccount c, AccountStatus.None) => [new AccountOpened(c.AccountId, c.OwnerId, c.Currency)],
        (OpenAccount, _) => throw Refusals.Exists,

        (DepositMoney c, _) => account.ToTake(c.Amount, c.Currency) is { } refusal
            ? throw refusal : [new MoneyDeposited(account.Id, account.OwnerId, c.Amount, c.Currency, c.EffectiveAt)],
        (WithdrawMoney c, _) => account.ToGive(c.Amount, c.Currency) is { } refusal
            ? throw refusal : [new MoneyWithdrawn(account.Id, account.OwnerId, c.Amount, c.Currency, c.EffectiveAt)],

        (_, AccountStatus.Closed) => throw Refusals.Closed,
        (FreezeAccount, AccountStatus.Frozen) => throw Refusals.Frozen,
        (FreezeAccount, _) => [new AccountFrozen(account.Id, account.OwnerId)],
        (UnfreezeAccount, AccountStatus.Frozen) => [new AccountUnfrozen(account.Id, account.OwnerId)],
        (UnfreezeAccount, _) => throw Refusals.NotFrozen,
        (CloseAccount, _) => account.Balance > 0 ? throw Refusals.BalanceLeft : [new AccountClosed(account.Id, account.OwnerId)],
        _ => throw new NotSupportedException($"No account knows {command.GetType().Name}."),
    };

    // Never throws: what has happened cannot be refused.
    public static Account Evolve(Account account, IAccountEvent happened) => happened switch
    {
        AccountOpened e => account with { Id = e.AccountId, OwnerId = e.OwnerId, Currency = e.Currency, Status = AccountStatus.Open },
        MoneyDeposited e => account with { Balance = account.Balance + e.Amount },
        MoneyWithdrawn e => account with { Balance = account.Balance - e.Amount },
        AccountFrozen => account with { Status = AccountStatus.Frozen },
        AccountUnfrozen => account with { Status = AccountStatus.Open },
        AccountClosed => account with { Status = AccountStatus.Closed },
        _ => account,
    };

    private static DateTimeOffset? EffectiveAt(IAccountEvent happened) => happened switch
    {
        MoneyDeposited e => e.EffectiveAt,
        MoneyWithdrawn e => e.EffectiveAt,
        _ => null,
    };
}
