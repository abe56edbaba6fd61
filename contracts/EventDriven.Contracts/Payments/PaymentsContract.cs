using EventDriven.Log;

namespace EventDriven.Contracts.Payments;

/// <summary>What Payments says to others. Amounts are integer minor units, 1 to 10^15.</summary>
public static class PaymentsContract
{
    public const string Events = "payments.events";

    public static MessageTypes Types { get; } =
    [
        MessageType.Published<PaymentSucceeded>("payments.payment-succeeded.v1", Events),
        MessageType.Published<PaymentFailed>("payments.payment-failed.v1", Events),
    ];
}

/// <summary>Something that happened to the payment of one order.</summary>
public interface IPaymentEvent
{
    Guid PaymentId { get; }

    Guid OrderId { get; }
}

/// <summary>The money for an order was taken from the account.</summary>
public sealed record PaymentSucceeded(Guid PaymentId, Guid OrderId, Guid AccountId, Guid UserId, long Amount, string Currency) : IPaymentEvent;

/// <summary>The money for an order was not taken, and why.</summary>
public sealed record PaymentFailed(Guid PaymentId, Guid OrderId, Guid AccountId, Guid UserId, long Amount, string Currency, string Reason) : IPaymentEvent;
