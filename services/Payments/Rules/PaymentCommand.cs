namespace EventDriven.Payments.Rules;

/// <summary>What can be asked of a payment.</summary>
public abstract record PaymentCommand;

public sealed record RequestPayment(Guid OrderId, Guid UserId, Guid AccountId, long Amount, string Currency, string Key) : PaymentCommand;

/// <summary>The account has given the money.</summary>
public sealed record ConfirmPayment : PaymentCommand;

/// <summary>The account has refused, and will refuse this withdrawal for ever.</summary>
public sealed record DeclinePayment(string Reason) : PaymentCommand;

/// <summary>The withdrawal was taken back at the account: it has not been carried out, and never will be.</summary>
public sealed record CancelPayment(Guid OrderId, Guid AccountId) : PaymentCommand;
