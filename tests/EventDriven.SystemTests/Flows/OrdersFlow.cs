using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Orders over HTTP: every call, every refusal, and what a repeat gets.</summary>
public abstract class OrdersFlow(RunningSystem system) : FlowTest(system)
{
    private readonly Bank _bank = new(system);
    private readonly Shop _shop = new(system);
    private readonly Guid _user = Guid.CreateVersion7();

    [Fact]
    public async Task An_order_is_paid_and_placed_within_the_request()
    {
        var account = await _bank.OpenWith(5_000);
        var placed = await _shop.Place(new
        {
            userId = _user,
            accountId = account,
            currency = "EUR",
            lines = new[] { new { sku = "kettle-1", quantity = 2, unitPrice = 2_000 }, new { sku = "mug-7", quantity = 1, unitPrice = 200 } },
        });

        var order = OrderOf(placed);
        Assert.Equal(new Answer(HttpStatusCode.Created, $$"""{"orderId":"{{order}}","status":"placed"}""", "application/json", $"order-{order}:1"), placed);
        Assert.Equal((7, 800), (order.Version, await _bank.Balance(account)));
        var view = (await _shop.Get(order)).Body!;
        Assert.Equal((order, 4_200, "EUR"), (view["orderId"]!.GetValue<Guid>(), view["total"]!.GetValue<long>(), view["currency"]!.GetValue<string>()));
        var history = view["history"]!.AsArray().Select(h => (Status: h!["status"]!.GetValue<string>(), At: h["at"]!.GetValue<DateTimeOffset>())).ToArray();
        Assert.Equal(["pending", "placed"], history[..2].Select(h => h.Status));
        Assert.Equal(history.OrderBy(h => h.At), history);
        await _shop.AssertAllAgree(order, account, deposited: 5_000);
    }

    [Theory]
    [InlineData("insufficient-funds")]
    [InlineData("account-frozen")]
    [InlineData("account-closed")]
    [InlineData("other-currency")]
    [InlineData("unknown-account")]
    public async Task An_order_whose_payment_does_not_go_through_is_rejected_at_once_with_the_reason(string reason)
    {
        var (account, deposited) = await AccountThatRefuses(reason);
        var (body, key) = (Shop.Order(_user, account, total: 101), Bank.NewKey());
        var rejected = await _shop.Place(body, key);

        var order = OrderOf(rejected);
        Assert.Equal((HttpStatusCode.PaymentRequired, "application/problem+json", $"order-{order}:1"), (rejected.Status, rejected.MediaType, rejected.StreamVersion));
        Assert.Equal(("rejected", reason, $"/problems/{reason}"), (rejected.State, rejected.Reason, rejected.Body!["type"]!.GetValue<string>()));
        Assert.Equal(rejected, await _shop.Place(body, key));
        Assert.Equal("rejected", (await _shop.Get(order)).State);
        Assert.Equal("failed", (await _shop.Payment(order)).State);
        if (reason != "unknown-account")
            await _shop.AssertAllAgree(order, account, deposited);
    }

    [Fact]
    public async Task A_rejected_order_stays_rejected_under_its_key_and_a_new_key_is_a_new_order()
    {
        var account = await _bank.Open();
        var (body, key) = (Shop.Order(_user, account, total: 50), Bank.NewKey());
        var rejected = await _shop.Place(body, key);
        Assert.Equal("insufficient-funds", rejected.Reason);
        Assert.Equal(HttpStatusCode.OK, (await _bank.Deposit(account, 50)).Status);

        Assert.Equal(rejected, await _shop.Place(body, key));
        Assert.Equal("placed", (await _shop.Place(body)).State);
        Assert.Equal(0, await _bank.Balance(account));
    }

    [Fact]
    public async Task Repeats_at_the_same_time_and_later_are_one_order_and_hear_the_same()
    {
        var account = await _bank.OpenWith(100);
        var (body, key) = (Shop.Order(_user, account, total: 60), Bank.NewKey());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _shop.Place(body, key)));

        var answer = Assert.Single(answers.Distinct());
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(answer, await _shop.Place(body, key));
        await _shop.AssertAllAgree(OrderOf(answer), account, deposited: 100);
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_a_422_and_another_users_key_is_another_key()
    {
        var account = await _bank.OpenWith(100);
        var key = Bank.NewKey();
        var first = await _shop.Place(Shop.Order(_user, account, total: 10), key);
        Assert.Equal(HttpStatusCode.Created, first.Status);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _shop.Place(Shop.Order(_user, account, total: 11), key)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _shop.Place(Shop.Order(_user, await _bank.Open(), total: 10), key)).Status);
        Assert.Equal(90, await _bank.Balance(account));
        var other = await _shop.Place(Shop.Order(Guid.CreateVersion7(), account, total: 10), key);
        Assert.NotEqual(OrderOf(first), OrderOf(other));
    }

    [Theory]
    [InlineData("""{"accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":1,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"me","accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":1,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":1,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","lines":[{"sku":"a","quantity":1,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"eur","lines":[{"sku":"a","quantity":1,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR"}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[null]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[{"sku":"","quantity":1,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":0,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":1.5,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":1,"unitPrice":"1"}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":1,"unitPrice":-1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":2147483647,"unitPrice":9223372036854775807}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id","currency":"EUR","lines":[{"sku":"a","quantity":1,"unitPrice":1000000000000000},{"sku":"b","quantity":1,"unitPrice":1}]}""")]
    [InlineData("""{"userId":"$id","accountId":"$id" """)]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Promise_9_an_order_of_no_shape_or_range_is_a_400_and_leaves_no_event(string body)
    {
        var before = await _shop.Begun();
        var content = new StringContent(body.Replace("$id", Guid.CreateVersion7().ToString(), StringComparison.Ordinal), Encoding.UTF8, "application/json");
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Send("orders", HttpMethod.Post, "/orders", content, Bank.NewKey()));
        Assert.Equal(before, await _shop.Begun());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("with space")]
    public async Task Promise_9_an_order_without_a_proper_key_is_a_400_and_leaves_no_event(string? key)
    {
        var before = await _shop.Begun();
        var body = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(Shop.Order(_user, Guid.CreateVersion7(), total: 1)))!;
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Send("orders", HttpMethod.Post, "/orders", new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), key));
        Assert.Equal(before, await _shop.Begun());
    }

    [Fact]
    public async Task What_is_not_JSON_is_a_415_what_is_too_large_a_413_and_what_is_not_there_a_404()
    {
        AssertProblem(HttpStatusCode.UnsupportedMediaType, await _shop.Send("orders", HttpMethod.Post, "/orders", new StringContent("an order", Encoding.UTF8, "text/plain"), Bank.NewKey()));
        AssertProblem(HttpStatusCode.RequestEntityTooLarge, await _shop.Send("orders", HttpMethod.Post, "/orders", new StringContent(new string(' ', 70_000), Encoding.UTF8, "application/json"), Bank.NewKey()));
        AssertProblem(HttpStatusCode.NotFound, await _shop.Get(Guid.CreateVersion7()));
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Send("orders", HttpMethod.Get, "/orders/mine"));
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Orders(""));
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Orders($"userId={_user}&limit=0"));
        AssertProblem(HttpStatusCode.BadRequest, await _shop.Orders($"userId={_user}&includes=everything"));
        AssertProblem(HttpStatusCode.NotFound, await _shop.Orders($"userId={_user}&includes=order-{Guid.CreateVersion7()}:0"));
    }

    [Fact]
    public async Task The_list_of_a_user_pages_through_all_orders_and_includes_what_was_answered()
    {
        var account = await _bank.OpenWith(100);
        var placed = new List<Answer>();
        foreach (var total in (long[])[10, 20, 1_000])
            placed.Add(await _shop.Place(Shop.Order(_user, account, total)));

        var included = string.Join(',', placed.Select(p => p.StreamVersion));
        var (items, next) = (new List<JsonNode>(), $"&includes={included}");
        while (next is not null)
        {
            var page = (await _shop.Orders($"userId={_user}&limit=2{next}")).Body!;
            items.AddRange(page["items"]!.AsArray().Select(i => i!));
            next = page["next"] is { } after ? $"&after={after}" : null;
        }
        Assert.Equal(placed.Select(OrderOf), items.Select(i => i["orderId"]!.GetValue<Guid>()));
        Assert.Equal("rejected", items[2]["status"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals((await _shop.Get(OrderOf(placed[2]))).Body, items[2]));
        Assert.Empty((await _shop.Orders($"userId={Guid.CreateVersion7()}")).Body!["items"]!.AsArray());
    }

    [Fact]
    public async Task What_is_announced_is_the_last_word_on_an_order_and_never_that_it_was_asked_for()
    {
        var account = await _bank.OpenWith(10);
        var placed = OrderOf(await _shop.Place(Shop.Order(_user, account, total: 10)));
        var rejected = OrderOf(await _shop.Place(Shop.Order(_user, account, total: 10)));

        Assert.Equal(["orders.order-placed.v1"], await Published("orders", $"order-{placed}"));
        Assert.Equal(["orders.order-rejected.v1"], await Published("orders", $"order-{rejected}"));
        Assert.Equal(["payments.payment-succeeded.v1"], await Published("payments", $"payment-{(await _shop.Payment(placed)).Body!["paymentId"]}"));
        Assert.Equal(["payments.payment-failed.v1"], await Published("payments", $"payment-{(await _shop.Payment(rejected)).Body!["paymentId"]}"));
    }

    [Fact]
    public async Task An_order_its_payment_and_its_withdrawal_are_one_journey_through_three_logs()
    {
        var account = await _bank.OpenWith(10);
        var order = OrderOf(await _shop.Place(Shop.Order(_user, account, total: 10)));
        var payment = (await _shop.Payment(order)).Body!["paymentId"];

        var journeys = (Guid[])[.. await _shop.Journeys("orders", $"order-{order}"), .. await _shop.Journeys("payments", $"payment-{payment}"), (await _shop.Journeys("accounts", $"account-{account}"))[^1]];
        Assert.Single(journeys.Distinct());
    }

    private static Guid OrderOf(Answer answer) => answer.Body!["orderId"]!.GetValue<Guid>();

    private static void AssertProblem(HttpStatusCode status, Answer answer) => Assert.Equal((status, "application/problem+json"), (answer.Status, answer.MediaType));

    private async Task<(Guid Account, long Deposited)> AccountThatRefuses(string reason)
    {
        switch (reason)
        {
            case "unknown-account":
                return (Guid.CreateVersion7(), 0);
            case "account-closed":
                var closed = await _bank.Open();
                await _bank.Do(closed, "close");
                return (closed, 0);
            case "account-frozen":
                var frozen = await _bank.OpenWith(1_000);
                await _bank.Do(frozen, "freeze");
                return (frozen, 1_000);
            case "other-currency":
                return (await _bank.OpenWith(1_000, "USD"), 1_000);
            default:
                return (await _bank.OpenWith(100), 100);
        }
    }

    private async Task<string[]> Published(string service, string stream)
    {
        using var backfill = Running.Backfill(service);
        return await Eventually.Get(async () =>
        {
            using var page = await backfill.GetAsync($"/log/messages?topic={service}.events&stream={stream}", Ct);
            return JsonNode.Parse(await page.Content.ReadAsStringAsync(Ct))!.AsArray().Select(m => m!["type"]!.GetValue<string>()).ToArray();
        }, types => types.Length > 0, $"{stream} is announced");
    }
}

[Collection("in-memory broker")]
public sealed class OrdersFlow_on_the_in_memory_broker(InMemorySystem system) : OrdersFlow(system);

[Collection("broker at hand")]
public sealed class OrdersFlow_on_Apache_Kafka(BrokerAtHand system) : OrdersFlow(system);
