using EventDriven.Contracts.Fulfilment;
using EventDriven.EventSourcing;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Orders.Rules;

namespace EventDriven.Orders.Shipment;

/// <summary>Fulfilment has shipped an order: its own stream says so, too, in the transaction that marks the message as handled.</summary>
internal sealed class OrderShippedHandler(DeciderStore<OrderCommand, Order> orders) : IMessageHandler<OrderShipped>
{
    public Task Handle(OrderShipped message, MessageContext context, CancellationToken ct) =>
        orders.Execute(orders.Stream(message.OrderId), new NoteShipment(), context, ct, creates: true); // of an unknown order it is refused
}
