using System.Collections.Immutable;
using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing.Projections;

namespace EventDriven.Accounts.List;

/// <summary>One account in a list.</summary>
internal sealed record ListedAccount(Guid AccountId, Guid OwnerId, long Version, long Balance, string Currency, AccountStatus Status);

/// <summary>Every account with its balance: for the list by owner and for the largest. It folds with the rules' own fold.</summary>
internal sealed class AccountsProjection : IDocumentProjection<ListedAccount>
{
    public const string ReadModel = "accounts";

    public string Name => ReadModel;

    public int Version => 1;

    public string? KeyOf(ProjectedEvent recorded) =>
        recorded.Stream.StartsWith(AccountDecider.Category + "-", StringComparison.Ordinal) ? recorded.Stream : null;

    public ListedAccount? Evolve(ListedAccount? document, ProjectedEvent recorded)
    {
        if (recorded.Event is not IAccountEvent happened)
            return document;
        var account = AccountDecider.Evolve(document is null ? Account.Initial : ToAccount(document), happened);
        return new(account.Id, account.OwnerId, recorded.Version, account.Balance, account.Currency, account.Status);
    }

    /// <summary>What is in transit plays no part in what is listed.</summary>
    private static Account ToAccount(ListedAccount listed) =>
        new(listed.AccountId, listed.OwnerId, listed.Currency, listed.Balance, listed.Status, ImmutableDictionary<Guid, long>.Empty);
}
