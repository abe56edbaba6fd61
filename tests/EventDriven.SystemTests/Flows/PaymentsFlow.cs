using System.Net;
using System.Net.Http.Json;
using System.Text;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Payments over HTTP, as Orders calls it: every answer, every refusal, and what a repeat gets.</summary>
[Collection("in-memory broker")]
public sealed class PaymentsFlow(InMemorySystem system) : FlowTest(system)
{
    private readonly Bank _bank = new(system);
    private readonly Shop _shop = new(system);
    private readonly Guid _order = Guid.CreateVersion7(), _user = Guid.CreateVersion7();

    [Fact]
    public async Task A_payment_takes_the_money_once_whoever_repeats_it_and_however()
    {
        var account = await _bank.OpenWith(100);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Pay(account, 60, "a-key")));

        var answer = Assert.Single(answers.Distinct());
        var payment = answer.Body!["paymentId"]!.GetValue<Guid>();
        Assert.Equal(new Answer(HttpStatusCode.Created, $$"""{"paymentId":"{{payment}}","status":"succeeded"}""", "application/json", $"payment-{payment}:1"), answer);
        Assert.Equal(answer, await Pay(account, 60, "a-key"));
        Assert.Equal(answer, await Pay(account, 60, "another-key")); // an order has one payment
        Assert.Equal(40, await _bank.Balance(account));
        Assert.Equal($$"""{"paymentId":"{{payment}}","orderId":"{{_order}}","userId":"{{_user}}","accountId":"{{account}}","amount":60,"currency":"EUR","status":"succeeded"}""",
            (await _shop.Payment(_order)).Text);
    }

    [Fact]
    public async Task A_refused_payment_is_a_402_with_the_reason_for_ever()
    {
        var account = await _bank.OpenWith(10);
        var refused = await Pay(account, 11, "a-key");
        AssertProblem(HttpStatusCode.PaymentRequired, refused);
        Assert.Equal("insufficient-funds", refused.Reason);
        await _bank.Deposit(account, 100);

        Assert.Equal(refused, await Pay(account, 11, "a-key"));
        Assert.Equal(refused, await Pay(account, 11, "another-key"));
        Assert.Equal(("failed", "insufficient-funds"), ((await _shop.Payment(_order)).State, (await _shop.Payment(_order)).Reason));
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_a_422_and_under_another_key_a_409()
    {
        var account = await _bank.OpenWith(100);
        await Pay(account, 10, "a-key");

        AssertProblem(HttpStatusCode.UnprocessableEntity, await Pay(account, 11, "a-key"));
        var other = await Pay(account, 11, "another-key");
        AssertProblem(HttpStatusCode.Conflict, other);
        Assert.Equal("other-payment", other.Reason);
        Assert.Equal(90, await _bank.Balance(account));
    }

    [Fact]
    public async Task A_payment_that_is_taken_back_before_it_comes_is_refused_when_it_does_and_takes_no_money()
    {
        var account = await _bank.OpenWith(100);
        var cancelled = await Cancel(account);
        Assert.Equal((HttpStatusCode.OK, """{"status":"cancelled"}"""), (cancelled.Status, cancelled.Text));
        Assert.Equal(cancelled, await Cancel(account));

        var late = await Pay(account, 60, "a-key");
        AssertProblem(HttpStatusCode.PaymentRequired, late);
        Assert.Equal("cancelled", late.Reason);
        Assert.Equal(late, await Pay(account, 60, "a-key"));
        Assert.Equal(100, await _bank.Balance(account));
        Assert.Equal(cancelled.Text, (await Cancel(account)).Text);
    }

    [Fact]
    public async Task A_payment_that_went_through_cannot_be_taken_back()
    {
        var account = await _bank.OpenWith(100);
        var payment = (await Pay(account, 60, "a-key")).Body!["paymentId"]!.GetValue<Guid>();

        Assert.Equal($$"""{"status":"succeeded","paymentId":"{{payment}}"}""", (await Cancel(account)).Text);
        Assert.Equal(40, await _bank.Balance(account));
    }

    [Fact]
    public async Task A_refused_payment_can_be_taken_back_which_changes_nothing()
    {
        var account = await _bank.Open();
        var refused = await Pay(account, 1, "a-key");

        Assert.Equal("""{"status":"cancelled"}""", (await Cancel(account)).Text);
        Assert.Equal(refused, await Pay(account, 1, "a-key"));
    }

    [Fact]
    public async Task A_cancel_at_an_account_that_is_not_there_ends_the_payment_too()
    {
        Assert.Equal("""{"status":"cancelled"}""", (await Cancel(Guid.CreateVersion7())).Text);
        var account = await _bank.OpenWith(10);
        Assert.Equal("cancelled", (await Pay(account, 1, "a-key")).Reason);
        Assert.Equal(10, await _bank.Balance(account));
    }

    [Theory]
    [InlineData("/payments", """{"userId":"$id","accountId":"$id","amount":1,"currency":"EUR"}""")]
    [InlineData("/payments", """{"orderId":"$id","accountId":"$id","amount":1,"currency":"EUR"}""")]
    [InlineData("/payments", """{"orderId":"$id","userId":"$id","amount":1,"currency":"EUR"}""")]
    [InlineData("/payments", """{"orderId":"$id","userId":"$id","accountId":"$id","currency":"EUR"}""")]
    [InlineData("/payments", """{"orderId":"$id","userId":"$id","accountId":"$id","amount":0,"currency":"EUR"}""")]
    [InlineData("/payments", """{"orderId":"$id","userId":"$id","accountId":"$id","amount":1000000000000001,"currency":"EUR"}""")]
    [InlineData("/payments", """{"orderId":"$id","userId":"$id","accountId":"$id","amount":"1","currency":"EUR"}""")]
    [InlineData("/payments", """{"orderId":"$id","userId":"$id","accountId":"$id","amount":1,"currency":"EURO"}""")]
    [InlineData("/payments", """{"orderId":"$id" """)]
    [InlineData("/payments", "")]
    [InlineData("/payments/cancel", """{"orderId":"$id"}""")]
    [InlineData("/payments/cancel", """{"accountId":"$id"}""")]
    [InlineData("/payments/cancel", "[]")]
    public async Task Promise_9_what_has_no_shape_or_range_is_a_400(string path, string body)
    {
        var content = new StringContent(body.Replace("$id", _order.ToString(), StringComparison.Ordinal), Encoding.UTF8, "application/json");
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Send("payments", HttpMethod.Post, path, content, "a-key"));
        Assert.Empty(await _shop.Events("payments", $"payment-{_order}"));
    }

    [Fact]
    public async Task A_key_is_needed_an_unknown_payment_is_a_404_and_what_is_not_JSON_a_415()
    {
        var account = Guid.CreateVersion7();
        AssertProblem(HttpStatusCode.BadRequest, await Pay(account, 1, key: null));
        AssertProblem(HttpStatusCode.BadRequest, await Pay(account, 1, "with space"));
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Send("payments", HttpMethod.Post, "/payments/cancel", JsonContent.Create(new { orderId = _order, accountId = account })));
        AssertProblem(HttpStatusCode.NotFound, await _shop.Payment(_order));
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Send("payments", HttpMethod.Get, "/payments"));
        AssertProblem(HttpStatusCode.UnsupportedMediaType, await _shop.Send("payments", HttpMethod.Post, "/payments", new StringContent("pay", Encoding.UTF8, "text/plain"), "key"));
    }

    private Task<Answer> Pay(Guid account, long amount, string? key) => _shop.Pay(_order, account, amount, key, _user);

    private Task<Answer> Cancel(Guid account) => _shop.Send("payments", HttpMethod.Post, "/payments/cancel", JsonContent.Create(new { orderId = _order, accountId = account }), "a-key");

    private static void AssertProblem(HttpStatusCode status, Answer answer) => Assert.Equal((status, "application/problem+json"), (answer.Status, answer.MediaType));
}
