using EventDriven.Contracts.Orders;

namespace EventDriven.Orders.Rules;

/// <summary>What can be asked of an order.</summary>
public abstract record OrderCommand;

public sealed record RequestOrder(
    Guid OrderId, Guid UserId, Guid AccountId, string Currency, IReadOnlyList<OrderLine> Lines, string Key, DateTimeOffset At) : OrderCommand;

/// <summary>It is paid.</summary>
public sealed record ConfirmOrder : OrderCommand;

/// <summary>It is not paid and never will be.</summary>
public sealed record RejectOrder(string Reason) : OrderCommand;

/// <summary>It is on its way.</summary>
public sealed record NoteShipment : OrderCommand;
