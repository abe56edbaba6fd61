using EventDriven.Contracts.Payments;
using EventDriven.Log;

namespace EventDriven.Payments.Rules;

/// <summary>
/// Somebody asked for the payment, under this key. It is recorded before the account is asked, so that whoever finds the money taken later
/// knows what for.
/// </summary>
public sealed record PaymentRequested(
    Guid PaymentId, Guid OrderId, Guid AccountId, Guid UserId, long Amount, string Currency, string Key) : IPaymentEvent;

/// <summary>The payment was taken back before anybody asked for it: whoever asks later is refused.</summary>
public sealed record PaymentForestalled(Guid PaymentId, Guid OrderId, Guid AccountId) : IPaymentEvent;

/// <summary>Everything that a payment's stream may hold.</summary>
internal static class PaymentEvents
{
    public static MessageTypes Types { get; } =
    [
        MessageType.Private<PaymentRequested>("payments.payment-requested.v1"),
        MessageType.Private<PaymentForestalled>("payments.payment-forestalled.v1"),
        .. PaymentsContract.Types,
    ];
}
