using EventDriven.Contracts.Payments;
using EventDriven.EventSourcing.Testing;
using EventDriven.Payments.Rules;

namespace EventDriven.Tests.Payments;

/// <summary>One order has one payment, and it ends once, as the account has said.</summary>
public sealed class PaymentDeciderTests() : DeciderSpec<PaymentCommand, IPaymentEvent, Payment>(
    PaymentDecider.Decide, PaymentDecider.Evolve, Payment.Initial)
{
    private static readonly Guid OrderId = Guid.CreateVersion7(), UserId = Guid.CreateVersion7(), AccountId = Guid.CreateVersion7(), Id = PaymentId.Of(OrderId);
    private static readonly RequestPayment Request = new(OrderId, UserId, AccountId, 4_200, "EUR", "order-1");
    private static readonly PaymentRequested Requested = new(Id, OrderId, AccountId, UserId, 4_200, "EUR", "order-1");
    private static readonly PaymentSucceeded Succeeded = new(Id, OrderId, AccountId, UserId, 4_200, "EUR");
    private static readonly PaymentForestalled Forestalled = new(Id, OrderId, AccountId);
    private static readonly CancelPayment Cancel = new(OrderId, AccountId);

    private static PaymentFailed Failed(string reason) => new(Id, OrderId, AccountId, UserId, 4_200, "EUR", reason);

    [Fact]
    public void A_payment_is_recorded_before_its_account_is_asked() => Given().When(Request).Then(Requested);

    [Fact]
    public void Asking_again_changes_nothing_wherever_the_payment_stands()
    {
        Given(Requested).When(Request).ThenNothing();
        Given(Requested, Succeeded).When(Request).ThenNothing();
        Given(Requested, Failed("insufficient-funds")).When(Request).ThenNothing();
    }

    [Fact]
    public void What_the_account_has_said_is_told_once()
    {
        Given(Requested).When(new ConfirmPayment()).Then(Succeeded);
        Given(Requested, Succeeded).When(new ConfirmPayment()).ThenNothing();
        Given(Requested).When(new DeclinePayment("insufficient-funds")).Then(Failed("insufficient-funds"));
        Given(Requested, Failed("insufficient-funds")).When(new DeclinePayment("insufficient-funds")).ThenNothing();
    }

    [Fact]
    public void A_cancelled_payment_has_failed() => Given(Requested).When(Cancel).Then(Failed("cancelled"));

    [Fact]
    public void A_payment_that_was_cancelled_before_anybody_asked_for_it_fails_when_somebody_does()
    {
        Given().When(Cancel).Then(Forestalled);
        Given(Forestalled).When(Cancel).ThenNothing();
        Given(Forestalled).When(Request).Then(Failed("cancelled"));
        Given(Forestalled, Failed("cancelled")).When(Request).ThenNothing();
    }

    [Fact]
    public void Cancelling_what_is_decided_changes_nothing()
    {
        Given(Requested, Succeeded).When(Cancel).ThenNothing();
        Given(Requested, Failed("account-frozen")).When(Cancel).ThenNothing();
    }

    [Fact]
    public void A_withdrawal_that_was_refused_because_it_was_cancelled_is_no_second_failure() =>
        Given(Requested, Failed("cancelled")).When(new DeclinePayment("cancelled")).ThenNothing();

    [Fact]
    public void A_cancel_at_another_account_would_leave_the_withdrawal_possible_and_is_refused() =>
        Given(Requested).When(Cancel with { AccountId = Guid.CreateVersion7() }).ThenRefused("other-account");

    [Fact]
    public void An_account_that_says_both_is_not_believed()
    {
        Given(Requested, Failed("cancelled")).When(new ConfirmPayment()).ThenRefused("contradiction");
        Given(Forestalled).When(new ConfirmPayment()).ThenRefused("contradiction");
        Given(Requested, Succeeded).When(new DeclinePayment("cancelled")).ThenRefused("contradiction");
    }

    [Fact]
    public void A_payment_knows_what_it_was_asked_for()
    {
        Assert.True(Fold(Requested, Succeeded).Is(Request));
        Assert.False(Fold(Requested).Is(Request with { Amount = 4_201 }));
        Assert.False(Fold(Requested).Is(Request with { AccountId = Guid.CreateVersion7() }));
    }

    [Fact]
    public void The_id_of_a_payment_follows_from_its_order_and_is_a_UUIDv7_of_its_own()
    {
        Assert.Equal(Id, PaymentId.Of(OrderId));
        Assert.NotEqual(OrderId, Id);
        Assert.Equal((7, OrderId.ToString()[..13]), (Id.Version, Id.ToString()[..13]));
        Assert.InRange(Id.Variant, 8, 11);
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => PaymentId.Of(Guid.CreateVersion7())).Distinct().Count());
    }
}
