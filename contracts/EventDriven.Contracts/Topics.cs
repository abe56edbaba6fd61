using EventDriven.Contracts.Accounts;
using EventDriven.Contracts.Email;
using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Contracts.Signup;
using EventDriven.Log;

namespace EventDriven.Contracts;

/// <summary>Every topic there is, declared once: Setup makes them, and the broker's rights derive from them.</summary>
public static class Topics
{
    public const int Partitions = 12;

    private const string EventsOf = ".events";

    public static TimeSpan Retention { get; } = TimeSpan.FromDays(7);

    public static IReadOnlyList<string> All { get; } =
    [
        SignupContract.Events,
        EmailContract.Events,
        EmailContract.Commands,
        AccountsContract.Events,
        PaymentsContract.Events,
        OrdersContract.Events,
        FulfilmentContract.Events,
        "recommendations" + EventsOf,
        "insights" + EventsOf,
    ];

    /// <summary>What every service with a log says of it on its topic of events.</summary>
    public static IReadOnlyList<MessageType> LogAnchored { get; } =
        [.. All.Where(t => t.EndsWith(EventsOf, StringComparison.Ordinal)).Select(t => Log.Auditing.LogAnchored.TypeOf(t[..^EventsOf.Length]))];
}
