using EventDriven.Contracts.Accounts;
using EventDriven.Contracts.Email;
using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Contracts.Signup;

namespace EventDriven.Insights.Counting;

/// <summary>What a message adds to: one more of a kind, and its money where it is about some. Pure.</summary>
internal sealed record Figure(string Name, string Currency = "", long Amount = 0)
{
    /// <summary>The figures with money in them.</summary>
    public static IReadOnlyList<string> OfMoney { get; } =
    [
        "deposits", "withdrawals", "transfersStarted", "transfersCompleted", "transfersRefused", "paymentsSucceeded", "paymentsFailed", "ordersPlaced", "ordersRejected",
    ];

    /// <summary>All figures there are.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "usersSignedUp", "usersForgotten", "mailsAskedFor", "mailsSent", "accountsOpened", "accountsFrozen", "accountsUnfrozen", "accountsClosed",
        .. OfMoney, "ordersShipped", "ordersStalled",
    ];

    /// <summary>Null for a message that no figure counts.</summary>
    public static Figure? Of(object message) => message switch
    {
        UserSignedUp => new("usersSignedUp"),
        SubjectForgotten => new("usersForgotten"),
        SendEmail => new("mailsAskedFor"),
        EmailSent => new("mailsSent"),
        AccountOpened => new("accountsOpened"),
        AccountFrozen => new("accountsFrozen"),
        AccountUnfrozen => new("accountsUnfrozen"),
        AccountClosed => new("accountsClosed"),
        MoneyDeposited e => new("deposits", e.Currency, e.Amount),
        MoneyWithdrawn e => new("withdrawals", e.Currency, e.Amount),
        TransferStarted e => new("transfersStarted", e.Currency, e.Amount),
        // Both ends of a transfer say how it ended: it is counted where the money arrived, or where it came from.
        TransferCompleted e when e.AccountId == e.To => new("transfersCompleted", e.Currency, e.Amount),
        TransferRefused e when e.AccountId == e.From => new("transfersRefused", e.Currency, e.Amount),
        PaymentSucceeded e => new("paymentsSucceeded", e.Currency, e.Amount),
        PaymentFailed e => new("paymentsFailed", e.Currency, e.Amount),
        OrderPlaced e => new("ordersPlaced", e.Currency, e.Total),
        OrderRejected e => new("ordersRejected", e.Currency, e.Total),
        OrderShipped => new("ordersShipped"),
        FulfilmentStalled => new("ordersStalled"),
        _ => null,
    };
}
