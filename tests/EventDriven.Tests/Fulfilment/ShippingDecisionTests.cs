using EventDriven.Fulfilment;
using EventDriven.Fulfilment.Arrivals;
using EventDriven.Fulfilment.Shipping;
using EventDriven.Log;

namespace EventDriven.Tests.Fulfilment;

public sealed class ShippingDecisionTests
{
    private static readonly Guid OrderId = Guid.CreateVersion7(), UserId = Guid.CreateVersion7();
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly FulfilmentOptions Options = new() { ShippingTime = TimeSpan.FromMinutes(3), StalledAfter = TimeSpan.FromMinutes(15) };

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(0, 600)]
    [InlineData(600, 0)]
    public void Whichever_half_comes_first_an_order_ships_when_the_shipping_time_has_passed_since_the_later_one(int placed, int paid)
    {
        var order = Of(placed: At(placed), paid: At(paid));
        var due = At(Math.Max(placed, paid)) + Options.ShippingTime;

        Assert.Equal(new Decision.LookAgain(due), ShippingDecision.Decide(order, due.AddTicks(-1), Options));
        Assert.Equal(new Decision.Ship(), ShippingDecision.Decide(order, due, Options));
    }

    [Fact]
    public void An_order_waits_for_its_payment_and_is_stalled_when_that_does_not_come() =>
        StallsFor("payments.payment-succeeded.v1", Of(placed: Noon));

    [Fact]
    public void A_payment_waits_for_its_order_and_is_stalled_when_that_does_not_come() =>
        StallsFor("orders.order-placed.v1", Of(paid: Noon));

    [Fact]
    public void What_is_stalled_is_not_said_twice() =>
        Assert.Equal(new Decision.Rest(), ShippingDecision.Decide(Of(placed: Noon, stalled: At(15)), At(500), Options));

    [Fact]
    public void A_late_half_still_ships() =>
        Assert.Equal(new Decision.Ship(), ShippingDecision.Decide(Of(placed: Noon, paid: At(60), stalled: At(15)), At(63), Options));

    [Fact]
    public void What_is_shipped_is_done() =>
        Assert.Equal(new Decision.Rest(), ShippingDecision.Decide(Of(placed: Noon, paid: At(1), shipped: At(4)), At(5), Options));

    [Fact]
    public void With_no_shipping_time_an_order_ships_as_soon_as_both_halves_are_there() =>
        Assert.Equal(new Decision.Ship(), ShippingDecision.Decide(Of(placed: Noon, paid: Noon), Noon, new() { ShippingTime = TimeSpan.Zero }));

    private static void StallsFor(string missing, Order order)
    {
        var due = Noon + Options.StalledAfter;
        Assert.Equal(new Decision.LookAgain(due), ShippingDecision.Decide(order, Noon, Options));
        Assert.Equal(new Decision.LookAgain(due), ShippingDecision.Decide(order, due.AddTicks(-1), Options));
        Assert.Equal(new Decision.Stall(missing), ShippingDecision.Decide(order, due, Options));
    }

    private static Order Of(DateTimeOffset? placed = null, DateTimeOffset? paid = null, DateTimeOffset? stalled = null, DateTimeOffset? shipped = null) =>
        new(OrderId, ArrivalAt(placed), ArrivalAt(paid), stalled, shipped);

    private static Arrival? ArrivalAt(DateTimeOffset? at) => at is null ? null : new(UserId, at.Value, Cause.Begin());

    private static DateTimeOffset At(int minutes) => Noon.AddMinutes(minutes);
}
