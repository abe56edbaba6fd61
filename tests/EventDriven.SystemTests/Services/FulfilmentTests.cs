using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Fulfilment;
using EventDriven.Fulfilment.Shipping;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using EventDriven.SystemTests.BuildingBlocks;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.Services;

/// <summary>Fulfilment's own handlers, clerk and tables in a service of the test, which says itself what Orders and Payments would say.</summary>
[Collection("broker at hand")]
public sealed class FulfilmentTests(BrokerAtHand system) : SubscriptionTest(system)
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Service.Also =
        [
            MessageType.Published<OrderPlaced>($"{Service.Name}.order-placed.v1", Service.Topic),
            MessageType.Published<PaymentSucceeded>($"{Service.Name}.payment-succeeded.v1", Service.Topic),
            MessageType.Published<OrderShipped>($"{Service.Name}.order-shipped.v1", Service.Topic),
            MessageType.Published<FulfilmentStalled>($"{Service.Name}.fulfilment-stalled.v1", Service.Topic),
        ];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whichever_half_comes_first_the_order_ships_once_and_because_of_the_later_one(bool orderFirst)
    {
        var host = await StartFulfilment();
        var orderId = Guid.CreateVersion7();
        await (orderFirst ? Place(host, orderId) : Pay(host, orderId));
        await HasArrived(1);
        var later = await (orderFirst ? Pay(host, orderId) : Place(host, orderId));

        await HasShipped(orderId);
        await Stays(1);
        var (correlation, causation) = (await Service.Rows("select correlation_id, causation_id from log.events where type like '%order-shipped.v1'",
            row => (row.GetGuid(0), row.GetGuid(1)))).Single();
        Assert.Equal((later.CorrelationId, later.MessageId), (correlation, causation));
    }

    [Fact]
    public async Task Halves_that_come_twice_ship_no_second_time()
    {
        var host = await StartFulfilment();
        var orderId = Guid.CreateVersion7();
        await Place(host, orderId);
        await Pay(host, orderId);
        await HasShipped(orderId);

        await Pay(host, orderId);
        await Place(host, orderId);
        await Reconciles();
        await Stays(1);
    }

    [Fact]
    public async Task What_one_replica_looks_at_the_others_leave_alone_until_it_should_have_decided()
    {
        var host = await StartFulfilment(hasClerk: false);
        await Both(host, Guid.CreateVersion7());
        await HasArrived(2);
        var timers = host.Services.GetRequiredService<DueOrders>();

        var looks = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => timers.Look(limit: 500, Ct)));
        Assert.Equal(2, looks.Sum(look => look.Timers));
        Assert.Empty((await timers.Look(limit: 500, Ct)).Due);
        await Service.Execute("update fulfilment.timers set due_at = due_at - interval '5 seconds'");
        Assert.Equal(2, (await timers.Look(limit: 500, Ct)).Timers);
    }

    [Fact]
    public async Task A_half_that_does_not_come_is_said_once_and_shown_until_it_comes_late_and_the_order_ships()
    {
        var host = await StartFulfilment(stalledAfter: TimeSpan.FromMilliseconds(200));
        var (placed, paid) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Place(host, placed);
        await Pay(host, paid);

        await IsStalled(placed, "payments.payment-succeeded.v1");
        await IsStalled(paid, "orders.order-placed.v1");
        var stalled = host.Services.GetRequiredService<StalledOrders>();
        await Eventually.See(() => stalled.Count, count => count == 2, "two orders are shown");
        await Pay(host, placed);
        await Place(host, paid);

        await HasShipped(placed);
        await HasShipped(paid);
        await Eventually.See(() => stalled.Count, count => count == 0, "none is shown");
        Assert.Equal(2, await Service.Scalar("select count(*) from log.events where type like '%stalled.v1'"));
    }

    [Fact]
    public async Task Promise_2_an_order_whose_halves_were_handled_before_a_crash_ships_after_it()
    {
        var first = await StartFulfilment(shippingTime: Never, hasClerk: false);
        var (looked, unlooked) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Both(first, unlooked);
        await HasArrived(2);
        await TestService.Stop(first);
        var second = await StartFulfilment(shippingTime: Never);
        await Both(second, looked);
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from fulfilment.timers where due_at <= now() + interval '1 minute'"), "timers that are near");
        await TestService.Stop(second);
        Assert.Equal(0, await CountShipped());

        await Service.Execute("update fulfilment.timers set due_at = now()"); // the time has passed
        await StartFulfilment();
        await HasShipped(looked);
        await HasShipped(unlooked);
        await Stays(2);
    }

    [Fact]
    public async Task Two_replicas_ship_each_order_once()
    {
        const int orders = 100;
        var (one, other) = (await StartFulfilment(), await StartFulfilment());
        for (var i = 0; i < orders; i++)
        {
            var orderId = Guid.CreateVersion7();
            await Task.WhenAll(Place(i % 2 == 0 ? one : other, orderId), Pay(i % 3 == 0 ? one : other, orderId));
        }
        await Eventually.Equal((long)orders, CountShipped, "shipped orders");
        await Stays(orders);
        Assert.Equal(orders, await Service.Scalar("select count(distinct stream) from log.events where type like '%order-shipped.v1'"));
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from fulfilment.timers"), "timers");
    }

    [Fact]
    public async Task The_naive_version_loses_the_order_whose_payment_overtakes_it()
    {
        var host = await StartFulfilment(handle: subscription => subscription.HandleNaively());
        var (inOrder, overtaken) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Place(host, inOrder);
        await HasArrived(1);
        await Pay(host, inOrder);
        await HasShipped(inOrder);

        await Pay(host, overtaken);
        await Reconciles();
        await Place(host, overtaken);
        await Reconciles();
        await Stays(1);
    }

    private Task<IHost> StartFulfilment(
        TimeSpan? shippingTime = null, TimeSpan? stalledAfter = null, bool hasClerk = true, Func<Subscription, Subscription>? handle = null) => Service.Start(builder =>
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Fulfilment:ShippingTime"] = $"{shippingTime ?? TimeSpan.Zero}",
            ["Fulfilment:StalledAfter"] = $"{stalledAfter ?? Never}",
        });
        builder.AddMigrations(typeof(FulfilmentOptions).Assembly);
        builder.AddShipping();
        if (!hasClerk)
            builder.Services.Remove(builder.Services.Single(s => s.ImplementationType == typeof(ShippingClerk)));
        var subscription = builder.AddSubscription(Service.Name, Service.Types);
        (handle ?? (s => s.HandleBothHalves(orders: s)))(subscription);
    });

    private static async Task Both(IHost host, Guid orderId)
    {
        await Place(host, orderId);
        await Pay(host, orderId);
    }

    private static Task<(Guid CorrelationId, Guid MessageId)> Place(IHost host, Guid orderId) =>
        Say(host, new("order", orderId), new OrderPlaced(orderId, UserOf(orderId), Guid.CreateVersion7(), 4_200, "EUR", [new("kettle-1", 1, 4_200)]));

    private static Task<(Guid CorrelationId, Guid MessageId)> Pay(IHost host, Guid orderId)
    {
        var paymentId = Guid.CreateVersion7();
        return Say(host, new("payment", paymentId), new PaymentSucceeded(paymentId, orderId, Guid.CreateVersion7(), UserOf(orderId), 4_200, "EUR"));
    }

    private static async Task<(Guid CorrelationId, Guid MessageId)> Say(IHost host, StreamName stream, object data)
    {
        var (cause, said) = (Cause.Begin(), new NewEvent(data));
        await host.Services.GetRequiredService<EventLog>().Append(stream, ExpectedVersion.Any, cause, [said], [], Ct);
        return (cause.CorrelationId, said.MessageId);
    }

    /// <summary>The same for both halves; any other than the order's id.</summary>
    private static Guid UserOf(Guid orderId) => new([.. orderId.ToByteArray().Reverse()]);

    private Task HasArrived(long halves) => Eventually.Equal(halves, () => Service.Scalar("select count(*) from fulfilment.arrivals"), "halves that have arrived");

    private Task HasShipped(Guid orderId) => Eventually.Equal($$"""{"orderId":"{{orderId}}","userId":"{{UserOf(orderId)}}"}""",
        async () => (await Said(orderId, "order-shipped")).SingleOrDefault() ?? "", "what was said of the order");

    private Task IsStalled(Guid orderId, string missing) => Eventually.Equal($$"""{"orderId":"{{orderId}}","userId":"{{UserOf(orderId)}}","missing":"{{missing}}"}""",
        async () => (await Said(orderId, "fulfilment-stalled")).SingleOrDefault() ?? "", "what was said of the order");

    private Task<IReadOnlyList<string>> Said(Guid orderId, string type) => Service.Rows("select convert_from(data, 'UTF8') from log.events where stream = $1 and type = $2",
        row => row.GetString(0), $"fulfilment-{orderId}", $"{Service.Name}.{type}.v1");

    private Task<long> CountShipped() => Service.Scalar("select count(*) from log.events where type like '%order-shipped.v1'");

    /// <summary>So many were shipped, and no more come when all timers that are up have gone.</summary>
    private async Task Stays(long shipped)
    {
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from fulfilment.timers where due_at <= now() + interval '5 seconds'"), "timers that are up or being looked at");
        Assert.Equal(shipped, await CountShipped());
    }
}
