using System.Net;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Who got no answer to a withdrawal cancels it, and knows for certain.</summary>
[Collection("in-memory broker")]
public sealed class WithdrawalCancelFlow(InMemorySystem system) : FlowTest(system)
{
    private readonly Bank _bank = new(system);

    [Fact]
    public async Task A_cancelled_withdrawal_never_takes_place()
    {
        var (account, key) = (await _bank.OpenWith(100), Bank.NewKey());
        var cancelled = await _bank.Cancel(account, key);
        Assert.Equal((HttpStatusCode.OK, """{"status":"cancelled"}"""), (cancelled.Status, cancelled.Text));
        Assert.Equal(cancelled, await _bank.Cancel(account, key));

        foreach (var amount in (long[])[60, 1])
        {
            var refused = await _bank.Withdraw(account, amount, key: key);
            Assert.Equal((HttpStatusCode.Conflict, "cancelled"), (refused.Status, refused.Reason));
        }
        Assert.Equal(cancelled, await _bank.Cancel(account, key));
        Assert.Equal(100, await _bank.Balance(account));
    }

    [Fact]
    public async Task A_withdrawal_that_took_place_cannot_be_cancelled()
    {
        var (account, key) = (await _bank.OpenWith(100), Bank.NewKey());
        var withdrawn = await _bank.Withdraw(account, 60, key: key);
        Assert.Equal("""{"status":"withdrawn"}""", (await _bank.Cancel(account, key)).Text);
        Assert.Equal("""{"status":"withdrawn"}""", (await _bank.Cancel(account, key)).Text);
        Assert.Equal(withdrawn, await _bank.Withdraw(account, 60, key: key));
        Assert.Equal(40, await _bank.Balance(account));
    }

    [Fact]
    public async Task A_withdrawal_that_was_refused_is_as_good_as_cancelled()
    {
        var (account, key) = (await _bank.OpenWith(100), Bank.NewKey());
        var refused = await _bank.Withdraw(account, 101, key: key);
        Assert.Equal("cancelled", (await _bank.Cancel(account, key)).State);
        await _bank.Deposit(account, 1);
        Assert.Equal(refused, await _bank.Withdraw(account, 101, key: key));
    }

    [Fact]
    public async Task The_key_of_a_deposit_is_no_withdrawals_and_the_deposit_stays()
    {
        var (account, key) = (await _bank.Open(), Bank.NewKey());
        var deposited = await _bank.Deposit(account, 100, key: key);
        Assert.Equal("cancelled", (await _bank.Cancel(account, key)).State);
        Assert.Equal(deposited, await _bank.Deposit(account, 100, key: key));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _bank.Withdraw(account, 100, key: key)).Status);
    }

    [Fact]
    public async Task Withdrawal_and_cancellation_at_the_same_time_never_both_win_and_never_both_lose()
    {
        const int rounds = 30;
        var account = await _bank.OpenWith(rounds);
        var withdrawn = 0;
        for (var round = 0; round < rounds; round++)
        {
            var key = Bank.NewKey();
            var withdrawals = Enumerable.Range(0, 2).Select(_ => _bank.Withdraw(account, 1, key: key));
            var cancellations = Enumerable.Range(0, 2).Select(_ => _bank.Cancel(account, key));
            var answers = await Task.WhenAll(round % 2 == 0 ? withdrawals.Concat(cancellations) : cancellations.Concat(withdrawals));

            var isWithdrawn = answers.Any(a => a.State == "withdrawn");
            withdrawn += isWithdrawn ? 1 : 0;
            Assert.Equal(2, answers.Count(a => a.State == (isWithdrawn ? "withdrawn" : "cancelled")));
            Assert.Equal(2, answers.Count(a => isWithdrawn ? a.Text.Contains("balance", StringComparison.Ordinal) : a is { Status: HttpStatusCode.Conflict, Reason: "cancelled" }));
        }
        Assert.Equal(rounds - withdrawn, await _bank.Balance(account));
    }

    [Fact]
    public async Task Promise_9_cancelling_needs_a_key_and_an_account()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await _bank.Post($"/accounts/{await _bank.Open()}/withdrawals/cancel", body: null)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _bank.Cancel(Guid.CreateVersion7(), Bank.NewKey())).Status);
    }
}
