namespace EventDriven.Payments.Rules;

public enum PaymentStatus
{
    None,
    Pending,
    Succeeded,
    Failed,

    /// <summary>Taken back before anybody asked for it.</summary>
    Forestalled,
}

/// <summary>What a payment's events come to.</summary>
/// <param name="Id">The payment.</param>
/// <param name="OrderId">What it is for.</param>
/// <param name="AccountId">Where the money comes from.</param>
/// <param name="UserId">Who pays.</param>
/// <param name="Amount">In minor units.</param>
/// <param name="Currency">And which.</param>
/// <param name="Key">The key of the request for it.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Reason">Why it failed.</param>
public sealed record Payment(
    Guid Id, Guid OrderId, Guid AccountId, Guid UserId, long Amount, string Currency, string Key, PaymentStatus Status, string? Reason)
{
    public static Payment Initial { get; } = new(Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, 0, "", "", PaymentStatus.None, Reason: null);

    /// <summary>Whether it is final.</summary>
    public bool IsDecided => Status is PaymentStatus.Succeeded or PaymentStatus.Failed or PaymentStatus.Forestalled;

    /// <summary>Whether the request asks for just this payment.</summary>
    public bool Is(RequestPayment request) =>
        (OrderId, AccountId, UserId, Amount, Currency) == (request.OrderId, request.AccountId, request.UserId, request.Amount, request.Currency);
}
