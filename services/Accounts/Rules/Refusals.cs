using EventDriven.Log;

namespace EventDriven.Accounts.Rules;

/// <summary>Why an account does not do something. The codes are part of the contract: clients and Payments tell the reasons apart by them.</summary>
internal static class Refusals
{
    public static DomainRuleException Closed => new("The account is closed.", "account-closed");

    public static DomainRuleException Frozen => new("The account is frozen.", "account-frozen");

    public static DomainRuleException NotFrozen => new("The account is not frozen.", "account-not-frozen");

    public static DomainRuleException Exists => new("The account is there already.", "account-exists");

    public static DomainRuleException BalanceLeft => new("There is money on the account: it is closed with a balance of 0 only.", "balance-not-zero");

    public static DomainRuleException TransferPending => new("A transfer of the account is still on its way.", "transfer-pending");

    public static DomainRuleException Cancelled => new("The withdrawal was cancelled before it came.", "cancelled");

    /// <summary>Why it does not take this amount; null when it does.</summary>
    public static DomainRuleException? ToTake(this Account account, long amount, string currency) => account.ToMove(currency) ?? (amount > account.Room()
        ? new($"The balance would be over {Account.HighestBalance}.", "balance-too-high")
        : null);

    /// <summary>Why it does not give this amount; null when it does.</summary>
    public static DomainRuleException? ToGive(this Account account, long amount, string currency) => account.ToMove(currency) ?? (amount > account.Balance
        ? new("There is not enough money on the account.", "insufficient-funds")
        : null);

    private static DomainRuleException? ToMove(this Account account, string currency) => account.Status switch
    {
        AccountStatus.Closed => Closed,
        AccountStatus.Frozen => Frozen,
        _ when account.Currency != currency => new($"The account holds {account.Currency}, not {currency}.", "other-currency"),
        _ => null,
    };
}
