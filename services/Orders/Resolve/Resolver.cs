using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Orders.FollowUp;
using EventDriven.Orders.Payments;
using EventDriven.Orders.Rules;
using Microsoft.Extensions.Options;

namespace EventDriven.Orders.Resolve;

/// <summary>
/// Ends the doubt about each order whose request got no answer. It asks by the order's key: paid, the order is placed; not paid, the payment
/// is taken back first, so that a request for it that is still under way is refused; and only when nobody can take the money any more is the
/// order rejected. Two replicas that resolve one order hear the same.
/// </summary>
internal sealed partial class Resolver(
    PendingOrders pending, DeciderStore<OrderCommand, Order> orders, EventLog log, PaymentsClient payments, IFollowUp followUp,
    IOptions<OrdersOptions> options, TimeProvider clock, ILogger<Resolver> logger) : BackgroundService
{
    private const int BatchSize = 100, AtOnce = 8;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var taken = await Take(stoppingToken);
            await Parallel.ForEachAsync(taken, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, async (id, ct) => await Resolve(id, ct));
            if (taken.Count < BatchSize)
                await Task.Delay(options.Value.ResolveEvery, clock, stoppingToken);
        }
    }

    private async Task<IReadOnlyList<Guid>> Take(CancellationToken ct)
    {
        try
        {
            return await pending.Take(BatchSize, options.Value.ResolvePausesAtMost, ct);
        }
        catch (Exception failure) when (PostgresSession.IsOutage(failure) || PostgresSession.IsRace(failure))
        {
            return []; // the orders stay pending, and /health says that the database is away
        }
    }

    private async Task Resolve(Guid orderId, CancellationToken ct)
    {
        try
        {
            var stream = orders.Stream(orderId);
            var order = (await orders.Load(stream, ct)).State;
            if (order.Status == OrderStatus.Pending)
                order = await Settle(stream, order, ct);
            if (order.Status is OrderStatus.Placed or OrderStatus.Shipped)
                await followUp.Complete(stream, ct);
        }
        catch (Exception failure) when (PostgresSession.IsOutage(failure) || PostgresSession.IsRace(failure) || failure is WrongExpectedVersionException)
        {
            PutOff(orderId, failure.Message);
        }
    }

    private async Task<Order> Settle(StreamName stream, Order order, CancellationToken ct)
    {
        var requested = (await log.Reader.Stream(stream, fromVersion: 0, limit: 1, ct))[0];
        using var activity = Telemetry.Resume(requested.Cause);
        if ((await payments.Find(order, ct) ?? await payments.Cancel(order, ct)) is not { } answer)
            return order;
        var settled = (await orders.Execute(stream, answer.Command, requested.Cause with { CausationId = requested.MessageId }, ct)).State;
        Resolved(order.Id, settled.Status, settled.Reason);
        return settled;
    }

    [LoggerMessage(LogLevel.Information, "Order {OrderId} had no answer in time and is {Status} now: {Reason}")]
    private partial void Resolved(Guid orderId, OrderStatus status, string? reason);

    [LoggerMessage(LogLevel.Warning, "Order {OrderId} is resolved later: {Reason}")]
    private partial void PutOff(Guid orderId, string reason);
}
