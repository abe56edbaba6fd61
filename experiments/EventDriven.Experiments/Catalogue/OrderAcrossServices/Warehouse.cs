using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Experiments.Catalogue.OrderAcrossServices;

/// <summary>Ships what is ordered and paid: once by a naive join, once by a process manager, from the same two topics.</summary>
internal static class Warehouse
{
    private const string Tables = """
        create table naive_orders (order_id uuid primary key);
        create table naive_shipped (order_id uuid not null);
        create table naive_unknown (order_id uuid not null);
        create table process (order_id uuid primary key, placed boolean not null default false, paid boolean not null default false);
        create table process_shipped (order_id uuid not null);
        grant select, insert, update on naive_orders, naive_shipped, naive_unknown, process, process_shipped to "$service$";
        """;

    public static Task<string> Prepare(Lab lab) => LabService.Prepare(lab, schema: Tables);

    public static Task<LabService> Start(Lab lab, string name, string orders, string payments, CancellationToken ct) => LabService.Start(lab, name, [], builder =>
    {
        builder.AddMessaging();
        MessageTypes both = [.. Publishers.Orders(orders), .. Publishers.Payments(payments)];
        builder.AddSubscription(name + "-naive", both).Handle<OrderPlaced, NaiveOrder>().Handle<PaymentSucceeded, NaivePayment>();
        builder.AddSubscription(name + "-process", both).Handle<OrderPlaced, ProcessOrder>().Handle<PaymentSucceeded, ProcessPayment>();
    }, app => app.MapMessaging(), ct);

    internal sealed class NaiveOrder : IMessageHandler<OrderPlaced>
    {
        public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
        {
            context.Execute(new("insert into naive_orders values ($1)", message.OrderId));
            return Task.CompletedTask;
        }
    }

    /// <summary>Takes for granted that the order is there: it was placed before it was paid, was it not?</summary>
    internal sealed class NaivePayment : IMessageHandler<PaymentSucceeded>
    {
        public async Task Handle(PaymentSucceeded message, MessageContext context, CancellationToken ct)
        {
            var known = await context.Query(new("select 1 from naive_orders where order_id = $1", message.OrderId), row => row.GetInt32(0), ct);
            context.Execute(new($"insert into {(known.Count > 0 ? "naive_shipped" : "naive_unknown")} values ($1)", message.OrderId));
        }
    }

    internal sealed class ProcessOrder : IMessageHandler<OrderPlaced>
    {
        public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct) => Process.Remember(message.OrderId, "placed", context);
    }

    internal sealed class ProcessPayment : IMessageHandler<PaymentSucceeded>
    {
        public Task Handle(PaymentSucceeded message, MessageContext context, CancellationToken ct) => Process.Remember(message.OrderId, "paid", context);
    }

    /// <summary>Remembers what has come, whichever comes first, and ships when both are there.</summary>
    private static class Process
    {
        public static Task Remember(Guid order, string what, MessageContext context)
        {
            // The row's lock has the second one see the first; whoever completes the pair ships.
            context.Execute(new($"insert into process (order_id, {what}) values ($1, true) on conflict (order_id) do update set {what} = true", order));
            context.Execute(new("insert into process_shipped select order_id from process where order_id = $1 and placed and paid", order));
            return Task.CompletedTask;
        }
    }
}
