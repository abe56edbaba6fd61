using System.Collections.Concurrent;
using System.Net;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Every transfer ends, whatever becomes of the process, and no money is lost or made on the way.</summary>
[Collection("broker at hand")]
public sealed class TransferCrashFlow(BrokerAtHand system) : TransferTest(system)
{
    protected override bool IsRepeated => false;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Promise_5_a_transfer_whose_process_is_killed_between_its_steps_ends_all_the_same(bool beforeTheCredit)
    {
        var (from, to, key) = (await Bank.OpenWith(100), await Bank.Open(), Bank.NewKey());
        await (beforeTheCredit ? Database.Block(Credit) : Database.BlockEnds());
        var pending = await Bank.Transfer(from, to, 70, key: key);
        Assert.Equal("pending", pending.State);
        await Bank.AssertBalances((from, 30), (to, beforeTheCredit ? 0 : 70));
        await Running.Kill("accounts");
        await Database.ReadLedger();
        await Database.Unblock();
        await Running.Start("accounts");

        await Bank.Ends(pending, "completed");
        await Bank.AssertBalances((from, 30), (to, 70));
        Assert.Equal(pending, await Bank.Transfer(from, to, 70, key: key));
        await Database.ReadLedgerAtRest();
    }

    [Fact]
    public async Task A_transfer_whose_process_was_killed_before_it_answered_is_answered_to_its_repeat_and_happens_once()
    {
        var (from, to, key) = (await Bank.OpenWith(100), await Bank.Open(), Bank.NewKey());
        await Database.BlockAnswers();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Bank.Transfer(from, to, 70, key: key)).Status);
        await Running.Kill("accounts");
        await Database.Unblock();
        await Running.Start("accounts");

        var answer = await Bank.Transfer(from, to, 70, key: key);
        Assert.Equal((HttpStatusCode.Created, "completed"), (answer.Status, answer.State));
        Assert.Equal(answer, await Bank.Transfer(from, to, 70, key: key));
        await Bank.AssertBalances((from, 30), (to, 70));
        await Database.ReadLedgerAtRest();
    }

    [Fact]
    public async Task Promise_5_at_every_position_no_money_came_from_nowhere_with_many_transfers_at_once_and_the_process_killed()
    {
        const int clients = 8, each = 15, atFirst = 1_000;
        var accounts = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Bank.OpenWith(atFirst)));
        var answers = new ConcurrentBag<Answer>();
        var work = Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            for (var n = 0; n < each; n++)
            {
                var (from, to, amount, key) = (random.Next(accounts.Length), random.Next(1, accounts.Length), random.Next(1, 400), Bank.NewKey());
                answers.Add(await UntilAnswered(() => Bank.Transfer(accounts[from], accounts[(from + to) % accounts.Length], amount, key: key)));
                if (n % 5 == 0) // some are refused by the receiver
                    await UntilAnswered(() => Bank.Do(accounts[to], n % 10 == 0 ? "freeze" : "unfreeze", key));
            }
        }, Ct)));
        for (var kill = 1; kill <= 2; kill++)
        {
            await Eventually.See(() => answers.Count, count => count >= kill * clients * each / 4, "transfers are answered", TimeSpan.FromSeconds(60));
            await Running.Kill("accounts");
            await Running.Start("accounts");
        }
        await work;

        var ledger = await Database.ReadLedgerAtRest();
        Assert.Equal(clients * each, answers.Select(a => a.TransferId).Distinct().Count());
        Assert.Equal(accounts.Length * atFirst, accounts.Sum(a => ledger.Accounts[a].Balance));
        foreach (var account in accounts)
            Assert.Equal(ledger.Accounts[account].Balance, await Bank.Balance(account));
        foreach (var answer in answers.Where(a => a.State != "pending"))
            Assert.Equal(answer.Text, (await Bank.Get($"/transfers/{answer.TransferId}")).Text);
    }

    private static async Task<Answer> UntilAnswered(Func<Task<Answer>> ask)
    {
        while (true)
        {
            try
            {
                var answer = await ask();
                if (answer.Status != HttpStatusCode.ServiceUnavailable)
                    return answer;
            }
            catch (HttpRequestException) // the process is down: the client comes again with its key
            {
            }
            await Task.Delay(50, Ct);
        }
    }
}
