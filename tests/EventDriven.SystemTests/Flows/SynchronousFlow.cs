using System.Net;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>
/// The synchronous rival of the checkout does the same work: whoever has to hear of an order has heard of it before the client does, once,
/// and when one of them is down the client pays for it.
/// </summary>
[Collection("synchronous composition")]
public sealed class SynchronousFlow(SynchronousSystem system) : SystemTest(system)
{
    private readonly Customers _customers = new(system);
    private readonly Bank _bank = new(system);
    private readonly Shop _shop = new(system);

    [Fact]
    public async Task When_the_client_has_its_answer_the_mail_is_sent_and_the_order_is_known_to_all()
    {
        var (user, account) = await Customer();
        var placed = await _shop.Place(Shop.Order(user, account, total: 60));

        Assert.Equal(HttpStatusCode.Created, placed.Status);
        Assert.Equal(1, await MailsThatItWasPlaced(user));
        var order = placed.Body!["orderId"]!.GetValue<Guid>();
        Assert.NotNull((await _shop.Send("fulfilment", HttpMethod.Get, $"/orders/{order}")).Body!["placedAt"]);
        await _shop.AssertAllAgree(order, account, deposited: 100);
        Assert.Equal(1, await MailsThatItWasPlaced(user));
    }

    [Fact]
    public async Task When_one_of_them_is_down_the_client_has_no_answer_and_once_it_is_back_it_hears_of_the_order_once()
    {
        var (user, account) = await Customer();
        var (body, key) = (Shop.Order(user, account, total: 60), Bank.NewKey());
        await Running.Stop("email");
        var unanswered = await _shop.Place(body, key);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unanswered.Status);
        await Running.Start("email");

        await Eventually.Equal(1, () => MailsThatItWasPlaced(user), "mails that it was placed", TimeSpan.FromSeconds(60));
        Assert.Equal(HttpStatusCode.Created, (await _shop.Place(body, key)).Status);
        await _shop.AssertAllAgree(unanswered.Body!["orderId"]!.GetValue<Guid>(), account, deposited: 100);
        Assert.Equal(1, await MailsThatItWasPlaced(user));
    }

    private async Task<(Guid User, Guid Account)> Customer()
    {
        var user = await _customers.SignUp();
        await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 2, "two mails");
        return (user, await _bank.OpenWith(100));
    }

    private async Task<int> MailsThatItWasPlaced(Guid user) =>
        (await _customers.Mails(user)).Count(mail => mail!["because"]!["type"]!.GetValue<string>() == "orders.order-placed.v1");
}
