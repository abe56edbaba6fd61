using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using EventDriven.SystemTests.Support;
using Microsoft.AspNetCore.Http;

namespace EventDriven.SystemTests.Flows;

/// <summary>
/// The reference rule: no money is ever taken for an order that does not exist, whatever breaks between Orders, Payments and Accounts, and at
/// whichever step. On one broker only: none takes part in any of these steps.
/// </summary>
[Collection("in-memory broker")]
public sealed class CheckoutFlow(InMemorySystem system) : FlowTest(system)
{
    private const long Deposited = 1_000, Total = 300;

    private readonly Guid _user = Guid.CreateVersion7();

    private Bank Accounts { get; } = new(system);

    private Shop Ordering { get; } = new(system);

    private string Key { get; } = Bank.NewKey();

    public override ValueTask DisposeAsync()
    {
        if (Running.IsAvailable)
        {
            Running.ToPayments.Repair();
            Running.ToAccounts.Repair();
        }
        return base.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_that_is_cut_between_the_withdrawal_and_its_answer_costs_the_client_nothing()
    {
        var (account, cuts) = (await Accounts.OpenWith(Deposited), 0);
        Running.ToAccounts.OnAnswer = request => IsWithdrawal(request) && Interlocked.Increment(ref cuts) == 1 ? throw Wire.Cut() : Task.CompletedTask;

        var placed = await Ordering.Place(Shop.Order(_user, account, Total), Key);
        Assert.Equal(HttpStatusCode.Created, placed.Status);
        Assert.True(cuts > 1, "the withdrawal was asked for again");
        await Ordering.AssertAllAgree(OrderOf(placed), account, Deposited);
    }

    [Fact]
    public async Task When_every_answer_to_the_withdrawal_is_lost_the_resolver_finds_the_money_taken_and_the_order_is_placed()
    {
        var account = await Accounts.OpenWith(Deposited);
        Running.ToAccounts.OnAnswer = request => IsWithdrawal(request) ? throw Wire.Cut() : Task.CompletedTask;
        var order = await PlaceWithoutAnswer(account);
        Assert.Equal(Deposited - Total, await Accounts.Balance(account));

        await Eventually.Get(() => Ordering.Place(Body(account), Key), answer => answer.Status == HttpStatusCode.Created, "the order is placed");
        await Ordering.AssertAllAgree(order, account, Deposited);
    }

    [Fact]
    public async Task When_the_withdrawal_never_arrives_the_order_is_rejected_and_a_late_one_is_refused()
    {
        var (account, late) = (await Accounts.OpenWith(Deposited), new TaskCompletionSource());
        Running.ToAccounts.OnRequest = request => IsWithdrawal(request) ? late.Task : Task.CompletedTask;
        var order = await PlaceWithoutAnswer(account);

        await AssertRejectedAsUnavailable(order, account);
        late.SetResult(); // every attempt of it arrives now
        await Ordering.Pay(order, account, Total, $"order-{order}", _user);
        await Ordering.AssertAllAgree(order, account, Deposited);
    }

    [Fact]
    public async Task When_the_request_for_the_payment_never_arrives_the_order_is_rejected_and_a_late_one_is_refused()
    {
        var (account, late) = (await Accounts.OpenWith(Deposited), new TaskCompletionSource());
        Running.ToPayments.OnRequest = request => IsPayment(request) ? late.Task : Task.CompletedTask;
        var order = await PlaceWithoutAnswer(account);

        await AssertRejectedAsUnavailable(order, account);
        late.SetResult();
        await Eventually.Get(() => Ordering.Payment(order), payment => payment.Reason == "cancelled", "the late request is refused");
        await Ordering.AssertAllAgree(order, account, Deposited);
    }

    [Theory]
    [InlineData("payments")]
    [InlineData("accounts")]
    public async Task A_service_that_is_down_gives_a_503_with_the_order_and_once_it_is_back_the_order_is_settled(string service)
    {
        var account = await Accounts.OpenWith(Deposited);
        await Running.Stop(service);
        var order = await PlaceWithoutAnswer(account);
        Assert.Equal("pending", (await Ordering.Get(order)).State);
        await Running.Start(service);

        // An attempt that was still under way may have come through just then; what counts is that all say the same.
        var settled = await Ordering.PlaceAtLast(Body(account), Key);
        Assert.Equal(order, OrderOf(settled));
        await Ordering.AssertAllAgree(order, account, Deposited);
        Assert.Equal(HttpStatusCode.Created, (await Ordering.PlaceAtLast(Body(account), Bank.NewKey())).Status); // and life goes on
    }

    [Theory]
    [InlineData("orders", CheckoutStep.PaymentAsked)]
    [InlineData("orders", CheckoutStep.WithdrawalAsked)]
    [InlineData("orders", CheckoutStep.WithdrawalAnswered)]
    [InlineData("orders", CheckoutStep.PaymentAnswered)]
    [InlineData("payments", CheckoutStep.PaymentAsked)]
    [InlineData("payments", CheckoutStep.WithdrawalAsked)]
    [InlineData("payments", CheckoutStep.WithdrawalAnswered)]
    [InlineData("payments", CheckoutStep.PaymentAnswered)]
    [InlineData("accounts", CheckoutStep.PaymentAsked)]
    [InlineData("accounts", CheckoutStep.WithdrawalAsked)]
    [InlineData("accounts", CheckoutStep.WithdrawalAnswered)]
    [InlineData("accounts", CheckoutStep.PaymentAnswered)]
    public async Task A_service_that_is_killed_at_any_step_leaves_an_order_that_is_paid_and_placed_or_neither(string service, CheckoutStep step)
    {
        var account = await Accounts.OpenWith(Deposited);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var kill = new Lazy<Task>(() =>
        {
            reached.TrySetResult();
            return Running.Kill(service);
        });
        Task At(CheckoutStep here, bool isIt) => isIt && here == step ? kill.Value : Task.CompletedTask;
        Running.ToPayments.OnRequest = request => At(CheckoutStep.PaymentAsked, IsPayment(request));
        Running.ToPayments.OnAnswer = request => At(CheckoutStep.PaymentAnswered, IsPayment(request));
        Running.ToAccounts.OnRequest = request => At(CheckoutStep.WithdrawalAsked, IsWithdrawal(request));
        Running.ToAccounts.OnAnswer = request => At(CheckoutStep.WithdrawalAnswered, IsWithdrawal(request));

        var placing = Ordering.Place(Body(account), Key);
        if (await Task.WhenAny(reached.Task, placing) == placing)
            Assert.Fail($"The step was not reached, and the answer was {(await placing).Status}");
        await kill.Value;
        await Running.Start(service); // at once, as whoever runs it would
        try
        {
            await placing;
        }
        catch (HttpRequestException)
        {
            // Orders was killed while the client waited: it asks again, as it would.
        }
        var settled = await Ordering.PlaceAtLast(Body(account), Key);

        await Ordering.AssertAllAgree(OrderOf(settled), account, Deposited);
        Assert.Equal(settled, await Ordering.Place(Body(account), Key));
    }

    private static bool IsPayment(HttpRequest request) => request.Method == "POST" && request.Path.Value == "/payments";

    private static bool IsWithdrawal(HttpRequest request) => request.Path.Value!.EndsWith("/withdrawals", StringComparison.Ordinal);

    private static Guid OrderOf(Answer answer) => answer.Body!["orderId"]!.GetValue<Guid>();

    private object Body(Guid account) => Shop.Order(_user, account, Total);

    /// <summary>The client is told within its time that there is no answer yet, and when to ask again; so is a repeat.</summary>
    private async Task<Guid> PlaceWithoutAnswer(Guid account)
    {
        using var orders = Running.Client("orders");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = JsonContent.Create(Body(account)), Headers = { { "Idempotency-Key", Key } } };
        var began = Stopwatch.GetTimestamp();
        using var response = await orders.SendAsync(request, Ct);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, RunningSystem.AnswersWithin + TimeSpan.FromSeconds(2));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.NotNull(response.Headers.RetryAfter?.Delta);
        var order = (await response.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonNode>(Ct))!["orderId"]!.GetValue<Guid>();
        Assert.Equal($"order-{order}:0", response.Headers.GetValues("X-Stream-Version").Single());
        return order;
    }

    private async Task AssertRejectedAsUnavailable(Guid order, Guid account)
    {
        var settled = await Ordering.PlaceAtLast(Body(account), Key);
        Assert.Equal((HttpStatusCode.PaymentRequired, "rejected", "payment-unavailable", order), (settled.Status, settled.State, settled.Reason, OrderOf(settled)));
        await Ordering.AssertAllAgree(order, account, Deposited);
    }

    public enum CheckoutStep
    {
        PaymentAsked,
        WithdrawalAsked,
        WithdrawalAnswered,
        PaymentAnswered,
    }
}
