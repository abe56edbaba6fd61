using System.Text.Json;
using EventDriven.Contracts.Orders;
using EventDriven.EventSourcing.Projections;
using EventDriven.Log;
using EventDriven.Orders.OrderDetails;
using EventDriven.Orders.Rules;

namespace EventDriven.Orders.OrderList;

/// <summary>One row per order with its history, for the lists of users.</summary>
internal sealed class OrderListProjection : IProjection
{
    public const string Id = "order-list";

    public string Name => Id;

    public int Version => 1;

    public IEnumerable<Sql> Project(ProjectedEvent recorded, ReadTables tables) => recorded.Event switch
    {
        OrderRequested e =>
        [
            new($"insert into {tables["orders.order_list"]} (order_id, user_id, total, currency, status, history) values ($1, $2, $3, $4, $5, $6::jsonb)",
                e.OrderId, e.UserId, e.Total, e.Currency, Stages.Pending, Stage(Stages.Pending, recorded)),
        ],
        OrderPlaced e => Moved(e, Stages.Placed, recorded, tables),
        OrderRejected e => Moved(e, Stages.Rejected, recorded, tables),
        ShipmentNoted e => Moved(e, Stages.Shipped, recorded, tables),
        _ => [],
    };

    private static Sql[] Moved(IOrderEvent happened, string status, ProjectedEvent recorded, ReadTables tables) =>
    [
        new($"update {tables["orders.order_list"]} set status = $2, history = history || $3::jsonb where order_id = $1", happened.OrderId, status, Stage(status, recorded)),
    ];

    private static string Stage(string status, ProjectedEvent recorded) => JsonSerializer.Serialize<Stage[]>([new(status, recorded.RecordedAt)], EventLog.Json);
}
