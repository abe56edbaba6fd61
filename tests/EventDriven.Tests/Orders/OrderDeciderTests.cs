using EventDriven.Contracts.Orders;
using EventDriven.EventSourcing.Testing;
using EventDriven.Orders.Rules;

namespace EventDriven.Tests.Orders;

/// <summary>An order is pending, then placed or rejected once, as its payment went; what was placed is shipped.</summary>
public sealed class OrderDeciderTests() : DeciderSpec<OrderCommand, IOrderEvent, Order>(OrderDecider.Decide, OrderDecider.Evolve, Order.Initial)
{
    private static readonly Guid OrderId = Guid.CreateVersion7(), UserId = Guid.CreateVersion7(), AccountId = Guid.CreateVersion7();
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly OrderLine[] Lines = [new("kettle-1", 2, 2_000), new("mug-7", 1, 200)];
    private static readonly RequestOrder Request = new(OrderId, UserId, AccountId, "EUR", Lines, "my key", Noon);
    private static readonly OrderRequested Requested = new(OrderId, UserId, AccountId, 4_200, "EUR", Lines, "my key", Noon);
    private static readonly OrderPlaced Placed = new(OrderId, UserId, AccountId, 4_200, "EUR", Lines);
    private static readonly OrderRejected Rejected = new(OrderId, UserId, AccountId, 4_200, "EUR", Lines, "insufficient-funds");
    private static readonly ShipmentNoted Shipped = new(OrderId);

    [Fact]
    public void An_order_is_recorded_with_its_total_before_it_is_paid() => Given().When(Request).Then(Requested);

    [Fact]
    public void Asking_again_changes_nothing() => Given(Requested).When(Request).ThenNothing();

    [Fact]
    public void A_paid_order_is_placed_once()
    {
        Given(Requested).When(new ConfirmOrder()).Then(Placed);
        Given(Requested, Placed).When(new ConfirmOrder()).ThenNothing();
        Given(Requested, Placed, Shipped).When(new ConfirmOrder()).ThenNothing();
    }

    [Fact]
    public void An_order_that_is_not_paid_is_rejected_once_and_keeps_its_first_reason()
    {
        Given(Requested).When(new RejectOrder("insufficient-funds")).Then(Rejected);
        Given(Requested, Rejected).When(new RejectOrder("payment-unavailable")).ThenNothing();
        Assert.Equal("insufficient-funds", Fold(Requested, Rejected).Reason);
    }

    [Fact]
    public void What_was_placed_is_never_rejected_and_what_was_rejected_never_placed()
    {
        Given(Requested, Placed).When(new RejectOrder("payment-unavailable")).ThenRefused("contradiction");
        Given(Requested, Rejected).When(new ConfirmOrder()).ThenRefused("contradiction");
    }

    [Fact]
    public void A_placed_order_is_shipped_once()
    {
        Given(Requested, Placed).When(new NoteShipment()).Then(Shipped);
        Given(Requested, Placed, Shipped).When(new NoteShipment()).ThenNothing();
    }

    [Fact]
    public void What_was_not_placed_is_not_shipped()
    {
        Given().When(new NoteShipment()).ThenRefused("unknown-order");
        Given(Requested).When(new NoteShipment()).ThenRefused("not-placed");
        Given(Requested, Rejected).When(new NoteShipment()).ThenRefused("not-placed");
    }

    [Fact]
    public void An_order_knows_what_it_was_asked_for()
    {
        Assert.True(Fold(Requested, Placed).Is(Request with { OrderId = Guid.CreateVersion7(), At = Noon.AddDays(1) }));
        Assert.False(Fold(Requested).Is(Request with { AccountId = Guid.CreateVersion7() }));
        Assert.False(Fold(Requested).Is(Request with { Lines = [Lines[1], Lines[0]] }));
        Assert.False(Fold(Requested).Is(Request with { Lines = [Lines[0]] }));
    }
}
