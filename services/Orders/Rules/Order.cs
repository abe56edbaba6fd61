using EventDriven.Contracts.Orders;

namespace EventDriven.Orders.Rules;

public enum OrderStatus
{
    None,
    Pending,
    Placed,
    Rejected,
    Shipped,
}

/// <summary>What an order's events come to.</summary>
/// <param name="Id">The order.</param>
/// <param name="UserId">Who orders.</param>
/// <param name="AccountId">Who pays.</param>
/// <param name="Total">What all lines come to, in minor units.</param>
/// <param name="Currency">And of which money.</param>
/// <param name="Lines">What is ordered.</param>
/// <param name="RequestedAt">When it came.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Reason">Why it was rejected.</param>
public sealed record Order(
    Guid Id, Guid UserId, Guid AccountId, long Total, string Currency, IReadOnlyList<OrderLine> Lines,
    DateTimeOffset RequestedAt, OrderStatus Status, string? Reason)
{
    public static Order Initial { get; } = new(Guid.Empty, Guid.Empty, Guid.Empty, 0, "", [], default, OrderStatus.None, Reason: null);

    /// <summary>Whether the request asks for just this order.</summary>
    public bool Is(RequestOrder request) =>
        (UserId, AccountId, Currency) == (request.UserId, request.AccountId, request.Currency) && Lines.SequenceEqual(request.Lines);
}
