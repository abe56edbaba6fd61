using EventDriven.Contracts.Accounts;
using EventDriven.Contracts.Email;
using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Contracts.Signup;
using EventDriven.Log;

namespace EventDriven.Contracts;

/// <summary>What one service needs of the broker, and nothing more: its account and its consumer group have its name.</summary>
/// <param name="Service">Whose.</param>
/// <param name="Writes">The topics that it publishes to: its own events, and the commands of those whom it commands.</param>
/// <param name="Reads">The topics that it subscribes to.</param>
public sealed record Rights(string Service, IReadOnlyList<string> Writes, IReadOnlyList<string> Reads)
{
    /// <summary>One for each service with a log.</summary>
    public static IReadOnlyList<Rights> All { get; } =
    [
        Of("signup"),
        Of("email", SignupContract.Events, EmailContract.Commands, OrdersContract.Events, PaymentsContract.Events, FulfilmentContract.Events),
        Of("recommendations", SignupContract.Events, OrdersContract.Events),
        Of("accounts"),
        Of("payments"),
        Of("orders", FulfilmentContract.Events),
        Of("fulfilment", OrdersContract.Events, PaymentsContract.Events),
        Of("insights", [.. Topics.All.Where(topic => topic != "insights.events")]),
    ];

    // What it publishes is in the contracts: each type names its senders.
    private static Rights Of(string service, params string[] reads) =>
        new(service, [.. Sent().Where(type => type.Senders.Contains(service)).Select(type => type.Topic!).Distinct()], reads);

    private static IEnumerable<MessageType> Sent() =>
        [.. SignupContract.Types, .. EmailContract.Types, .. EmailContract.CommandTypes, .. AccountsContract.Types, .. PaymentsContract.Types, .. OrdersContract.Types, .. FulfilmentContract.Types, .. Topics.LogAnchored];
}
