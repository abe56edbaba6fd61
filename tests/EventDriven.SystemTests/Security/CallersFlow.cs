using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Flows;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Security;

/// <summary>With an issuer, a service knows who calls, and a user has only what is theirs.</summary>
[Collection("secured Apache Kafka")]
public sealed class CallersFlow(SecuredSystem system) : FlowTest(system)
{
    private readonly SecuredSystem _system = system;

    [Fact]
    public async Task Without_a_token_of_the_issuer_nothing_is_answered_but_probes_and_sign_up()
    {
        using var forger = RSA.Create(2048);
        foreach (var service in RunningSystem.Services.Split(',').Except(["dashboard"]))
        {
            using var stranger = _system.Stranger(service);
            Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/health", Ct)).StatusCode);
            var refused = await stranger.GetAsync("/asyncapi/v3.json", Ct);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            stranger.DefaultRequestHeaders.Authorization = new("Bearer", _system.Forged(forger));
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/asyncapi/v3.json", Ct)).StatusCode);
        }
        using var signup = _system.Stranger("signup");
        Assert.Equal(HttpStatusCode.Created, (await signup.PostAsJsonAsync("/users", new { email = Customers.NewAddress(), name = "Ada Moreau" }, Ct)).StatusCode);
    }

    [Fact]
    public async Task A_user_orders_from_their_account_and_nobody_else_sees_or_touches_either()
    {
        var (user, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var account = (await Send(user, "accounts", "/accounts", new { ownerId = user, currency = Bank.Eur }, HttpStatusCode.Created))!["accountId"]!.GetValue<Guid>();
        await Send(user, "accounts", $"/accounts/{account}/deposits", new { amount = 1_000, currency = Bank.Eur }, HttpStatusCode.OK);
        var order = (await Send(user, "orders", "/orders", Shop.Order(user, account, 400), HttpStatusCode.Created))!["orderId"]!.GetValue<Guid>();
        await Get(user, "orders", $"/orders/{order}", HttpStatusCode.OK);
        await Get(user, "accounts", $"/accounts/{account}", HttpStatusCode.OK);

        var third = Guid.CreateVersion7();
        var theirs = (await Send(third, "accounts", "/accounts", new { ownerId = third, currency = Bank.Eur }, HttpStatusCode.Created))!["accountId"]!.GetValue<Guid>();
        var transfer = (await Send(user, "accounts", "/transfers", new { from = account, to = theirs, amount = 100, currency = Bank.Eur }, HttpStatusCode.Created))!["transferId"]!.GetValue<Guid>();
        await Get(user, "accounts", $"/transfers/{transfer}", HttpStatusCode.OK);
        await Get(third, "accounts", $"/transfers/{transfer}", HttpStatusCode.OK);
        await Get(other, "accounts", $"/transfers/{transfer}", HttpStatusCode.NotFound);

        await Send(other, "accounts", "/accounts", new { ownerId = user, currency = Bank.Eur }, HttpStatusCode.Forbidden);
        await Send(other, "accounts", $"/accounts/{account}/withdrawals", new { amount = 1, currency = Bank.Eur }, HttpStatusCode.NotFound);
        await Send(other, "accounts", "/transfers", new { from = account, to = Guid.CreateVersion7(), amount = 1, currency = Bank.Eur }, HttpStatusCode.NotFound);
        await Send(other, "orders", "/orders", Shop.Order(user, account, 1), HttpStatusCode.Forbidden);
        await Send(other, "orders", "/orders", Shop.Order(other, account, 1), HttpStatusCode.PaymentRequired); // it is not theirs to pay with
        await Send(other, "payments", "/payments/cancel", new { orderId = order, accountId = account }, HttpStatusCode.Forbidden);
        foreach (var path in (string[])["", "/history", "/statement"])
            await Get(other, "accounts", $"/accounts/{account}{path}", HttpStatusCode.NotFound);
        await Get(other, "accounts", $"/accounts?ownerId={user}", HttpStatusCode.Forbidden);
        await Get(other, "orders", $"/orders/{order}", HttpStatusCode.NotFound);
        await Get(other, "orders", $"/orders?userId={user}", HttpStatusCode.Forbidden);
        await Get(other, "payments", $"/payments?orderId={order}", HttpStatusCode.NotFound);
        await Get(other, "email", $"/users/{user}/mails", HttpStatusCode.Forbidden);
        await Get(other, "recommendations", $"/users/{user}", HttpStatusCode.Forbidden);
        await new Shop(Running).AssertAllAgree(order, account, 900);
    }

    [Fact]
    public async Task What_services_ask_of_each_other_a_user_cannot_ask_for()
    {
        var user = Guid.CreateVersion7();
        var account = (await Send(user, "accounts", "/accounts", new { ownerId = user, currency = Bank.Eur }, HttpStatusCode.Created))!["accountId"]!.GetValue<Guid>();
        await Send(user, "accounts", $"/accounts/{account}/deposits", new { amount = 1_000, currency = Bank.Eur }, HttpStatusCode.OK);
        var order = Guid.CreateVersion7();

        // Whoever could pay for a pending order himself would pay a cent.
        await Send(user, "payments", "/payments", new { orderId = order, userId = user, accountId = account, amount = 1, currency = Bank.Eur }, HttpStatusCode.Forbidden);
        await Send(user, "accounts", $"/accounts/{account}/withdrawals", new { amount = 1, currency = Bank.Eur }, HttpStatusCode.Forbidden, $"order-{order}");
        await Send(user, "accounts", $"/accounts/{account}/unfreeze", new { }, HttpStatusCode.Forbidden);
        await Get(user, "accounts", "/bank", HttpStatusCode.Forbidden);
        await Get(user, "accounts", "/totals", HttpStatusCode.Forbidden);
        await Get(user, "insights", "/summary", HttpStatusCode.Forbidden);
        await Get(user, "traffic", "/mix", HttpStatusCode.Forbidden);
        Assert.Equal(1_000, await new Bank(Running).Balance(account));
        using var forged = _system.ClientOf(Guid.CreateVersion7(), "accounts");
        forged.DefaultRequestHeaders.Add("Acting-For", user.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await forged.GetAsync($"/accounts/{account}", Ct)).StatusCode);
    }

    private async Task<JsonNode?> Send(Guid user, string service, string path, object body, HttpStatusCode expected, string? key = null)
    {
        using var client = _system.ClientOf(user, service);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key ?? Bank.NewKey() } } };
        using var response = await client.SendAsync(request, Ct);
        Assert.Equal((path, expected), (path, response.StatusCode));
        return await response.Content.ReadFromJsonAsync<JsonNode>(Ct);
    }

    private async Task Get(Guid user, string service, string path, HttpStatusCode expected)
    {
        using var client = _system.ClientOf(user, service);
        using var response = await client.GetAsync(path, Ct);
        Assert.Equal((path, expected), (path, response.StatusCode));
    }
}
