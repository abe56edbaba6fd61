using System.Net;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>What becomes of an order after its answer: it ships, its user hears of it and is shown other things. Over HTTP alone.</summary>
[Collection("broker at hand")]
public sealed class AfterCheckoutFlow(BrokerAtHand system) : FlowTest(system)
{
    protected override bool IsRepeated => false;

    private const long Deposited = 10_000, Total = 300;
    private static readonly string[] Listeners = ["email", "recommendations", "fulfilment", "insights"];

    private readonly Customers _customers = new(system);
    private readonly Bank _bank = new(system);
    private readonly Shop _shop = new(system);

    [Fact]
    public async Task An_order_ships_once_leads_to_one_mail_per_cause_and_to_other_picks()
    {
        var (user, account) = (await _customers.SignUp(), await _bank.OpenWith(Deposited));
        var before = await Eventually.Get(() => _customers.Profile(user), profile => profile is not null, "a profile");

        var order = await Place(user, account);

        await AssertShipped(order);
        await AssertMails(user, "email.send-email.v1", "fulfilment.order-shipped.v1", "orders.order-placed.v1", "signup.user-signed-up.v1");
        var after = await Eventually.Get(() => _customers.Profile(user), profile => Skus(profile)[0] == "mug-7", "what goes with a kettle comes first");
        Assert.DoesNotContain("kettle-1", Skus(after));
        Assert.NotEqual(Reasons(before), Reasons(after));
    }

    [Fact]
    public async Task A_payment_that_does_not_go_through_leads_to_one_mail_and_nothing_ships()
    {
        var (user, account) = (await _customers.SignUp(), await _bank.OpenWith(Total - 1));
        var refused = await _shop.Place(Shop.Order(user, account, Total));
        Assert.Equal(HttpStatusCode.PaymentRequired, refused.Status);

        await AssertMails(user, "email.send-email.v1", "payments.payment-failed.v1", "signup.user-signed-up.v1");
        using var fulfilment = Running.Client("fulfilment");
        using var unknown = await fulfilment.GetAsync($"/orders/{refused.Body!["orderId"]}", Ct);
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (unknown.StatusCode, unknown.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Promise_4_orders_are_answered_while_everybody_who_listens_is_down_and_all_is_made_up_for_when_they_are_back()
    {
        var (user, account) = (await _customers.SignUp(), await _bank.OpenWith(Deposited));
        await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 2, "two mails");
        await Task.WhenAll(Listeners.Select(Running.Stop));
        List<Guid> orders = [];
        for (var i = 0; i < 5; i++)
            orders.Add(await Place(user, account));
        await Task.WhenAll(Listeners.Select(Running.Start));

        foreach (var order in orders)
            await AssertShipped(order);
        await AssertMails(user, ["email.send-email.v1", .. orders.Select(_ => "fulfilment.order-shipped.v1"), .. orders.Select(_ => "orders.order-placed.v1"), "signup.user-signed-up.v1"]);
    }

    [Fact]
    public async Task Promise_2_Fulfilment_that_is_killed_while_orders_come_ships_each_once()
    {
        var (user, account) = (Guid.CreateVersion7(), await _bank.OpenWith(Deposited));
        List<Guid> orders = [];
        for (var i = 0; i < 10; i++)
        {
            orders.Add(await Place(user, account));
            if (i % 4 == 1)
            {
                await Running.Kill("fulfilment");
                await Running.Start("fulfilment");
            }
        }
        foreach (var order in orders)
            await AssertShipped(order);
    }

    [Fact]
    public async Task A_forgotten_user_gets_no_mail_of_an_order()
    {
        var (user, account) = (await _customers.SignUp(), await _bank.OpenWith(Deposited));
        await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 2, "two mails");
        using (var signup = Running.Client("signup"))
        using (var forgotten = await signup.DeleteAsync($"/users/{user}", Ct))
            Assert.Equal(HttpStatusCode.Accepted, forgotten.StatusCode);
        await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 0, "no mails");

        await AssertShipped(await Place(user, account));
        await Rest(); // Email has handled all of it
        Assert.Empty(await _customers.Mails(user));
        Assert.Null(await _customers.Profile(user));
    }

    private async Task<Guid> Place(Guid user, Guid account)
    {
        var placed = await _shop.Place(Shop.Order(user, account, Total));
        Assert.Equal(HttpStatusCode.Created, placed.Status);
        return placed.Body!["orderId"]!.GetValue<Guid>();
    }

    /// <summary>Orders and Fulfilment both say so, and it was said once.</summary>
    private async Task AssertShipped(Guid order)
    {
        await Eventually.Get(() => _shop.Get(order), answer => answer.State == "shipped", "the order is shipped", TimeSpan.FromSeconds(60));
        Assert.Equal("shipped", (await _shop.Send("fulfilment", HttpMethod.Get, $"/orders/{order}")).State);
        Assert.Single(await _shop.Events("fulfilment", $"fulfilment-{order}"), "fulfilment.order-shipped.v1");
    }

    private async Task AssertMails(Guid user, params string[] causes)
    {
        var mails = await Eventually.Get(() => _customers.Mails(user), mails => mails.Count >= causes.Length, "the mails", TimeSpan.FromSeconds(60));
        Assert.Equal(causes, mails.Select(mail => mail!["because"]!["type"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        foreach (var cause in mails.Select(mail => mail!["because"]!["messageId"]!.GetValue<string>()))
            Assert.Single(Directory.GetFiles(Running.Mails, cause + "-*.eml"));
    }

    private static string[] Skus(JsonNode? profile) => [.. profile!["recommendations"]!.AsArray().Select(pick => pick!["sku"]!.GetValue<string>())];

    private static string[] Reasons(JsonNode? profile) => [.. profile!["recommendations"]!.AsArray().Select(pick => pick!["because"]!.GetValue<string>())];
}
