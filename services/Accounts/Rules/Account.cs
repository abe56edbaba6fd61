using System.Collections.Immutable;

namespace EventDriven.Accounts.Rules;

public enum AccountStatus
{
    None,
    Open,
    Frozen,
    Closed,
}

/// <summary>What an account's events come to.</summary>
/// <param name="Id">The account.</param>
/// <param name="OwnerId">Whose it is.</param>
/// <param name="Currency">The one currency it holds.</param>
/// <param name="Balance">In minor units.</param>
/// <param name="Status">What it may do.</param>
/// <param name="InTransit">Money that has left for another account and may still come back, by transfer.</param>
public sealed record Account(Guid Id, Guid OwnerId, string Currency, long Balance, AccountStatus Status, ImmutableDictionary<Guid, long> InTransit)
{
    /// <summary>The highest balance: what every client can read as a number, those that only have doubles too.</summary>
    public const long HighestBalance = (1L << 53) - 1;

    public static Account Initial { get; } = new(Guid.Empty, Guid.Empty, "", 0, AccountStatus.None, ImmutableDictionary<Guid, long>.Empty);

    /// <summary>How much more it can take, even if all that is in transit comes back.</summary>
    public long Room() => HighestBalance - Balance - InTransit.Values.Sum();
}
