using System.Net;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Accounts over HTTP: every call, every refusal by the state, and what a repeat gets.</summary>
public abstract class AccountsFlow(RunningSystem system) : FlowTest(system)
{
    private readonly Bank _bank = new(system);

    [Fact]
    public async Task Deposit_1000_deposit_4500_withdraw_500_is_a_balance_of_5000_and_each_balance_in_between_can_be_had()
    {
        var account = await _bank.Open();
        var stream = $"account-{account}";
        Assert.Equal($$"""{"accountId":"{{account}}","version":1,"balance":1000,"currency":"EUR"}""", (await _bank.Deposit(account, 1000)).Text);
        Assert.Equal($"{stream}:2", (await _bank.Deposit(account, 4500)).StreamVersion);
        Assert.Equal($$"""{"accountId":"{{account}}","version":3,"balance":5000,"currency":"EUR"}""", (await _bank.Withdraw(account, 500)).Text);

        Assert.Equal($$"""{"accountId":"{{account}}","version":3,"balance":5000,"currency":"EUR","status":"open"}""", (await _bank.Get($"/accounts/{account}")).Text);
        long[] balances = [0, 1000, 5500, 5000];
        for (var version = 0; version < balances.Length; version++)
            Assert.Equal(balances[version], await _bank.Balance(account, $"?version={version}"));
    }

    [Fact]
    public async Task Opening_answers_the_account_and_with_a_key_opens_one_only()
    {
        var (owner, key) = (Guid.CreateVersion7(), Bank.NewKey());
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _bank.Post("/accounts", new { ownerId = owner, currency = "EUR" }, key)));
        Assert.Equal(HttpStatusCode.Created, Assert.Single(answers.Distinct()).Status);
        var account = answers[0].Body!["accountId"]!.GetValue<Guid>();
        Assert.Equal($"account-{account}:0", answers[0].StreamVersion);
        Assert.Equal(0, await _bank.Balance(account));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _bank.Post("/accounts", new { ownerId = owner, currency = "USD" }, key)).Status);
        Assert.Equal(HttpStatusCode.Created, (await _bank.Post("/accounts", new { ownerId = Guid.CreateVersion7(), currency = "EUR" }, key)).Status); // another owner's key
    }

    [Fact]
    public async Task A_refusal_by_the_state_is_a_409_with_its_reason_and_leaves_no_event()
    {
        var account = await _bank.OpenWith(100);
        Answer.AssertRefused("insufficient-funds", await _bank.Withdraw(account, 101));
        Answer.AssertRefused("other-currency", await _bank.Deposit(account, 1, "USD"));
        Answer.AssertRefused("other-currency", await _bank.Withdraw(account, 1, "USD"));
        Answer.AssertRefused("account-not-frozen", await _bank.Do(account, "unfreeze"));
        Answer.AssertRefused("balance-not-zero", await _bank.Do(account, "close"));
        await _bank.AssertUntouched(account, version: 1);

        Assert.Equal("frozen", (await _bank.Do(account, "freeze")).State);
        Answer.AssertRefused("account-frozen", await _bank.Do(account, "freeze"));
        Answer.AssertRefused("account-frozen", await _bank.Deposit(account, 1));
        Answer.AssertRefused("account-frozen", await _bank.Withdraw(account, 1));
        Assert.Equal("open", (await _bank.Do(account, "unfreeze")).State);
        await _bank.Withdraw(account, 100);
        Assert.Equal("closed", (await _bank.Do(account, "close")).State);
        foreach (var refused in (Answer[])[await _bank.Deposit(account, 1), await _bank.Withdraw(account, 1), await _bank.Do(account, "freeze"), await _bank.Do(account, "unfreeze"), await _bank.Do(account, "close")])
            Answer.AssertRefused("account-closed", refused);
        await _bank.AssertUntouched(account, version: 5);
    }

    [Fact]
    public async Task A_balance_never_flows_over()
    {
        const long most = 1_000_000_000_000_000;
        var account = await _bank.OpenWith(most);
        for (var n = 2; n <= 9; n++)
            Assert.Equal(n * most, (await _bank.Deposit(account, most)).Body!["balance"]!.GetValue<long>());
        Answer.AssertRefused("balance-too-high", await _bank.Deposit(account, most));
        Assert.Equal(9 * most, await _bank.Balance(account));
    }

    [Fact]
    public async Task A_repeat_gets_the_first_answer_also_when_it_comes_at_the_same_time_and_also_when_that_was_a_refusal()
    {
        var account = await _bank.OpenWith(100);
        var key = Bank.NewKey();
        var deposits = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _bank.Deposit(account, 50, key: key)));
        Assert.Equal(HttpStatusCode.OK, Assert.Single(deposits.Distinct()).Status);
        Assert.Equal(150, await _bank.Balance(account));

        var tooMuch = Bank.NewKey();
        var refused = await _bank.Withdraw(account, 1000, key: tooMuch);
        Answer.AssertRefused("insufficient-funds", refused);
        await _bank.Deposit(account, 1000);
        Assert.Equal(refused, await _bank.Withdraw(account, 1000, key: tooMuch));

        var freeze = Bank.NewKey();
        var frozen = await _bank.Do(account, "freeze", freeze);
        await _bank.Do(account, "unfreeze");
        Assert.Equal(frozen, await _bank.Do(account, "freeze", freeze));
        Assert.Equal(deposits[0], await _bank.Deposit(account, 50, key: key));
        Assert.Equal(("open", 1150L), ((await _bank.Get($"/accounts/{account}")).State, await _bank.Balance(account)));
    }

    [Fact]
    public async Task The_same_key_with_another_call_path_or_body_is_a_422_and_leaves_no_event()
    {
        var account = await _bank.OpenWith(100);
        var key = Bank.NewKey();
        Assert.Equal(HttpStatusCode.OK, (await _bank.Deposit(account, 50, key: key)).Status);
        foreach (var other in (Answer[])
        [
            await _bank.Deposit(account, 51, key: key),
            await _bank.Withdraw(account, 50, key: key),
            await _bank.Do(account, "freeze", key),
        ])
        {
            Answer.AssertProblem(HttpStatusCode.UnprocessableEntity, other);
        }
        await _bank.AssertUntouched(account, version: 2);
        Assert.Equal(HttpStatusCode.OK, (await _bank.Deposit(await _bank.Open(), 51, key: key)).Status); // another account's key
    }

    [Fact]
    public async Task A_request_that_never_got_through_leaves_its_key_free()
    {
        var account = await _bank.Open();
        var key = Bank.NewKey();
        Answer.AssertProblem(HttpStatusCode.BadRequest, await _bank.Deposit(account, 0, key: key));
        Assert.Equal(HttpStatusCode.OK, (await _bank.Deposit(account, 5, key: key)).Status);
    }

    [Fact]
    public async Task What_a_request_says_beyond_what_is_known_is_passed_over()
    {
        var (account, key) = (await _bank.Open(), Bank.NewKey());
        var first = await _bank.Post($"/accounts/{account}/deposits", new { amount = 5, currency = "EUR", note = "rent" }, key);
        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal(first, await _bank.Deposit(account, 5, key: key));
    }

    [Fact]
    public async Task What_took_effect_earlier_shows_as_of_then_and_what_was_not_known_yet_does_not()
    {
        var account = await _bank.OpenWith(1000);
        var yesterday = TimeProvider.System.GetUtcNow().AddDays(-1); // as a client's clock has it
        var beforeKnown = await Now();
        await _bank.Deposit(account, 200, effectiveAt: yesterday);
        var known = await Now();

        Assert.Equal(1200, await _bank.Balance(account));
        Assert.Equal(200, await _bank.Balance(account, $"?effective={Text(yesterday)}")); // it counts from before the account was opened
        Assert.Equal(200, await _bank.Balance(account, $"?effective={Text(yesterday)}&at={Text(known)}"));
        Assert.Equal(1000, await _bank.Balance(account, $"?at={Text(beforeKnown)}"));
        Answer.AssertProblem(HttpStatusCode.NotFound, await _bank.Get($"/accounts/{account}?effective={Text(yesterday)}&at={Text(beforeKnown)}"));
        Answer.AssertProblem(HttpStatusCode.NotFound, await _bank.Get($"/accounts/{account}?effective={Text(yesterday.AddSeconds(-1))}"));
    }

    [Theory]
    [InlineData("?version=4", HttpStatusCode.NotFound)]
    [InlineData("?version=-1", HttpStatusCode.BadRequest)]
    [InlineData("?version=one", HttpStatusCode.BadRequest)]
    [InlineData("?version=0&at=2020-01-01T00:00:00Z", HttpStatusCode.BadRequest)]
    [InlineData("?version=0&effective=2020-01-01T00:00:00Z", HttpStatusCode.BadRequest)]
    [InlineData("?at=2020-01-01T00:00:00Z", HttpStatusCode.NotFound)]
    [InlineData("?at=9999-01-01T00:00:00Z", HttpStatusCode.BadRequest)]
    [InlineData("?at=yesterday", HttpStatusCode.BadRequest)]
    [InlineData("?at=2020-01-01T00:00:00", HttpStatusCode.BadRequest)]
    [InlineData("?effective=2020-01-01", HttpStatusCode.BadRequest)]
    [InlineData("?effective=2020-01-01T00:00:00%2B01:00", HttpStatusCode.NotFound)]
    public async Task A_state_that_cannot_be_had_is_a_404_and_one_that_cannot_be_asked_for_a_400(string query, HttpStatusCode expected)
    {
        var account = await _bank.OpenWith(1);
        Answer.AssertProblem(expected, await _bank.Get($"/accounts/{account}{query}"));
    }

    private static string Text(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("O"));

    /// <summary>A time between what was done before and what is done next.</summary>
    private static async Task<DateTimeOffset> Now()
    {
        await Task.Delay(5, Ct);
        var now = TimeProvider.System.GetUtcNow();
        await Task.Delay(5, Ct);
        return now;
    }
}

[Collection("in-memory broker")]
public sealed class AccountsFlow_on_the_in_memory_broker(InMemorySystem system) : AccountsFlow(system);

[Collection("broker at hand")]
public sealed class AccountsFlow_on_Apache_Kafka(BrokerAtHand system) : AccountsFlow(system);
