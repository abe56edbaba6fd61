using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;

namespace EventDriven.Accounts.Balance;

/// <summary>An account at one version of it.</summary>
internal sealed record AccountView(Guid AccountId, long Version, long Balance, string Currency, string Status)
{
    public static AccountView Of(Loaded<Account> account) => Of(account.Version, account.State);

    public static AccountView Of(long version, Account account) =>
        new(account.Id, version, account.Balance, account.Currency, account.Status.ToString().ToLowerInvariant());
}
