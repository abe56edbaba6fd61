using System.Text.Json.Serialization;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;

namespace EventDriven.Accounts.Transfer;

/// <summary>What became of a transfer. Reason: why it was refused.</summary>
internal sealed record TransferView(
    Guid TransferId, string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null)
{
    public const string Pending = "pending", Completed = "completed", Refused = "refused";

    public static TransferView EndOf(Guid transferId, string? refusal) => new(transferId, refusal is null ? Completed : Refused, refusal);
}

/// <summary>
/// One row per transfer. It is told by the sender's stream alone: when it says completed or refused, the money is where it belongs on both
/// accounts.
/// </summary>
internal sealed class TransfersProjection : IInlineProjection
{
    public IEnumerable<Sql> Project(StreamName stream, long version, NewEvent happened) => happened.Data switch
    {
        TransferStarted e => [Insert(e.From, e.To, new(e.TransferId, TransferView.Pending))],
        TransferRefused { IsReturned: false } e when e.AccountId == e.From => [Insert(e.From, e.To, TransferView.EndOf(e.TransferId, e.Reason))],
        TransferRefused e when e.AccountId == e.From => [Update(TransferView.EndOf(e.TransferId, e.Reason))],
        TransferCompleted e when e.AccountId == e.From => [Update(TransferView.EndOf(e.TransferId, refusal: null))],
        _ => [],
    };

    private static Sql Insert(Guid from, Guid to, TransferView view) => new(
        "insert into accounts.transfers (transfer_id, from_account, to_account, status, reason) values ($1, $2, $3, $4, $5::text)",
        view.TransferId, from, to, view.Status, view.Reason);

    private static Sql Update(TransferView view) =>
        new("update accounts.transfers set status = $2, reason = $3::text where transfer_id = $1", view.TransferId, view.Status, view.Reason);
}
