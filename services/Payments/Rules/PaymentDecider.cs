using EventDriven.Contracts.Payments;
using EventDriven.EventSourcing;
using EventDriven.Log;

namespace EventDriven.Payments.Rules;

/// <summary>
/// The rules of one payment. The account has the last word on each withdrawal, so what comes of it is told here, never decided: of two that
/// tell it at once, the second changes nothing.
/// </summary>
public static class PaymentDecider
{
    /// <summary>The reason of a payment that was taken back.</summary>
    public const string Cancelled = "cancelled";

    public static Decider<PaymentCommand, Payment> Decider { get; } =
        EventSourcing.Decider.Of<PaymentCommand, IPaymentEvent, Payment>("payment", Decide, Evolve, Payment.Initial, Describe);

    public static IReadOnlyList<IPaymentEvent> Decide(PaymentCommand command, Payment payment) => (command, payment.Status) switch
    {
        (RequestPayment c, PaymentStatus.None) => [new PaymentRequested(PaymentId.Of(c.OrderId), c.OrderId, c.AccountId, c.UserId, c.Amount, c.Currency, c.Key)],
        (RequestPayment c, PaymentStatus.Forestalled) => [new PaymentFailed(payment.Id, c.OrderId, c.AccountId, c.UserId, c.Amount, c.Currency, Cancelled)],
        (RequestPayment, _) => [],

        (ConfirmPayment, PaymentStatus.Pending) =>
            [new PaymentSucceeded(payment.Id, payment.OrderId, payment.AccountId, payment.UserId, payment.Amount, payment.Currency)],
        (ConfirmPayment, PaymentStatus.Failed or PaymentStatus.Forestalled) => throw Contradiction("failed, and its money was taken"),
        (ConfirmPayment, _) => [],

        (DeclinePayment c, PaymentStatus.Pending) => [Failed(payment, c.Reason)],
        (DeclinePayment, PaymentStatus.Succeeded) => throw Contradiction("has succeeded, and its money was not taken"),
        (DeclinePayment, _) => [],

        (CancelPayment c, PaymentStatus.None) => [new PaymentForestalled(PaymentId.Of(c.OrderId), c.OrderId, c.AccountId)],
        (CancelPayment c, PaymentStatus.Pending) => c.AccountId == payment.AccountId ? [Failed(payment, Cancelled)] : throw OtherAccount,
        (CancelPayment, _) => [],
        _ => throw new NotSupportedException($"No payment knows {command.GetType().Name}."),
    };

    // Never throws: what has happened cannot be refused.
    public static Payment Evolve(Payment payment, IPaymentEvent happened) => happened switch
    {
        PaymentRequested e => new(e.PaymentId, e.OrderId, e.AccountId, e.UserId, e.Amount, e.Currency, e.Key, PaymentStatus.Pending, Reason: null),
        PaymentForestalled e => payment with { Id = e.PaymentId, OrderId = e.OrderId, AccountId = e.AccountId, Status = PaymentStatus.Forestalled, Reason = Cancelled },
        PaymentSucceeded => payment with { Status = PaymentStatus.Succeeded },
        PaymentFailed e => payment with
        {
            AccountId = e.AccountId,
            UserId = e.UserId,
            Amount = e.Amount,
            Currency = e.Currency,
            Status = PaymentStatus.Failed,
            Reason = e.Reason,
        },
        _ => payment,
    };

    /// <summary>The cancel names another account than the payment.</summary>
    public static DomainRuleException OtherAccount => new("The payment is to come from another account.", "other-account");

    private static PaymentFailed Failed(Payment payment, string reason) =>
        new(payment.Id, payment.OrderId, payment.AccountId, payment.UserId, payment.Amount, payment.Currency, reason);

    private static DomainRuleException Contradiction(string what) => new($"The payment {what}: Accounts has said both.", "contradiction");

    private static NewEvent Describe(IPaymentEvent happened) => new(happened) { IdempotencyKey = (happened as PaymentRequested)?.Key };
}
