using System.Net;
using System.Text;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Promise 9 at Accounts: what has no shape or range, or is about nothing, is said so and changes nothing.</summary>
[Collection("in-memory broker")]
public sealed class AccountsBadInputFlow(InMemorySystem system) : FlowTest(system)
{
    private readonly Bank _bank = new(system);

    [Theory]
    [InlineData("""{"amount":0,"currency":"EUR"}""")]
    [InlineData("""{"amount":-1,"currency":"EUR"}""")]
    [InlineData("""{"amount":1000000000000001,"currency":"EUR"}""")]
    [InlineData("""{"amount":9223372036854775808,"currency":"EUR"}""")]
    [InlineData("""{"amount":1.5,"currency":"EUR"}""")]
    [InlineData("""{"amount":"1","currency":"EUR"}""")]
    [InlineData("""{"amount":null,"currency":"EUR"}""")]
    [InlineData("""{"currency":"EUR"}""")]
    [InlineData("""{"amount":1}""")]
    [InlineData("""{"amount":1,"currency":"eur"}""")]
    [InlineData("""{"amount":1,"currency":"EURO"}""")]
    [InlineData("""{"amount":1,"currency":"EUR","effectiveAt":"9999-01-01T00:00:00Z"}""")]
    [InlineData("""{"amount":1,"currency":"EUR","effectiveAt":"2020-01-01T00:00:00"}""")]
    [InlineData("""{"amount":1,"currency":"EUR","effectiveAt":"0001-01-01T00:00:00Z"}""")]
    [InlineData("""{"amount":1,"currency":"EUR","effectiveAt":"yesterday"}""")]
    [InlineData("""{"amount":1""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Promise_9_money_of_no_shape_or_range_is_a_400_and_leaves_no_event(string body)
    {
        var account = await _bank.OpenWith(10);
        foreach (var path in (string[])["deposits", "withdrawals"])
            Answer.AssertProblem(HttpStatusCode.BadRequest, await _bank.Send(HttpMethod.Post, $"/accounts/{account}/{path}", new StringContent(body, Encoding.UTF8, "application/json"), Bank.NewKey()));
        await _bank.AssertUntouched(account, version: 1);
    }

    [Theory]
    [InlineData("""{"ownerId":"me","currency":"EUR"}""")]
    [InlineData("""{"currency":"EUR"}""")]
    [InlineData("""{"ownerId":"0199c0de-0000-7000-8000-000000000001"}""")]
    [InlineData("""{"ownerId":"0199c0de-0000-7000-8000-000000000001","currency":"EU"}""")]
    public async Task Promise_9_an_account_without_owner_or_currency_is_a_400(string body) => Answer.AssertProblem(HttpStatusCode.BadRequest, await _bank.Send(HttpMethod.Post, "/accounts", new StringContent(body, Encoding.UTF8, "application/json"), key: null));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("with space")]
    public async Task Promise_9_a_write_without_a_proper_key_is_a_400_and_leaves_no_event(string? key)
    {
        var account = await _bank.OpenWith(10);
        foreach (var path in (string[])["deposits", "withdrawals"])
            Answer.AssertProblem(HttpStatusCode.BadRequest, await _bank.Post($"/accounts/{account}/{path}", new { amount = 1, currency = "EUR" }, key));
        foreach (var verb in (string[])["freeze", "unfreeze", "close"])
            Answer.AssertProblem(HttpStatusCode.BadRequest, await _bank.Post($"/accounts/{account}/{verb}", body: null, key));
        Answer.AssertProblem(HttpStatusCode.BadRequest, await _bank.Post($"/accounts/{account}/deposits", new { amount = 1, currency = "EUR" }, new string('k', 129)));
        Assert.Equal(HttpStatusCode.OK, (await _bank.Deposit(account, 1, key: new string('k', 128))).Status);
        await _bank.AssertUntouched(account, version: 2);
    }

    [Fact]
    public async Task Promise_9_an_unknown_account_is_a_404_another_media_type_a_415_and_a_large_body_a_413()
    {
        var unknown = Guid.CreateVersion7();
        Answer.AssertProblem(HttpStatusCode.NotFound, await _bank.Get($"/accounts/{unknown}"));
        Answer.AssertProblem(HttpStatusCode.NotFound, await _bank.Deposit(unknown, 1));
        Answer.AssertProblem(HttpStatusCode.NotFound, await _bank.Withdraw(unknown, 1));
        foreach (var verb in (string[])["freeze", "unfreeze", "close"])
            Answer.AssertProblem(HttpStatusCode.NotFound, await _bank.Do(unknown, verb));
        Answer.AssertProblem(HttpStatusCode.BadRequest, await _bank.Get("/accounts/mine"));

        var account = await _bank.Open();
        Answer.AssertProblem(HttpStatusCode.UnsupportedMediaType, await _bank.Send(HttpMethod.Post, $"/accounts/{account}/deposits", new StringContent("amount=1", Encoding.UTF8, "text/plain"), Bank.NewKey()));
        Answer.AssertProblem(HttpStatusCode.RequestEntityTooLarge, await _bank.Post($"/accounts/{account}/deposits", new { amount = 1, currency = new string('E', 64 * 1024) }, Bank.NewKey()));
        await _bank.AssertUntouched(account, version: 0);
    }
}
