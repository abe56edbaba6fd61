using System.Net;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Transfers over HTTP: how each ends.</summary>
public abstract class TransfersFlow(RunningSystem system) : TransferTest(system)
{
    [Fact]
    public async Task A_transfer_is_completed_and_every_repeat_gets_the_same_answer()
    {
        var (from, to, key) = (await Bank.OpenWith(100), await Bank.Open(), Bank.NewKey());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Bank.Transfer(from, to, 70, key: key)));

        var answer = Assert.Single(answers.Distinct());
        Assert.Equal((HttpStatusCode.Created, $$"""{"transferId":"{{answer.TransferId}}","status":"completed"}"""), (answer.Status, answer.Text));
        Assert.Equal($"account-{from}:3,account-{to}:1", answer.StreamVersion);
        Assert.Equal(answer.Text, (await Bank.Get($"/transfers/{answer.TransferId}")).Text);
        await Bank.AssertBalances((from, 30), (to, 70));
        Assert.Equal(answer, await Bank.Transfer(from, to, 70, key: key));
        await Bank.AssertBalances((from, 30), (to, 70));
    }

    [Fact]
    public async Task What_the_sender_cannot_give_is_refused_at_once()
    {
        var (from, to) = (await Bank.OpenWith(100), await Bank.Open());
        await AssertRefused("insufficient-funds", from, to, 101);
        await AssertRefused("other-currency", from, to, 1, "USD");
        await Bank.Do(from, "freeze");
        await AssertRefused("account-frozen", from, to, 1);
        await AssertRefused("account-closed", await Closed(), to, 1);
        await Bank.AssertBalances((from, 100), (to, 0));
    }

    [Fact]
    public async Task What_the_receiver_cannot_take_goes_back()
    {
        var (from, frozen, dollars) = (await Bank.OpenWith(100), await Bank.Open(), await Bank.Open("USD"));
        await Bank.Do(frozen, "freeze");
        await AssertRefused("account-frozen", from, frozen, 100);
        await AssertRefused("account-closed", from, await Closed(), 100);
        await AssertRefused("other-currency", from, dollars, 100);
        await Bank.AssertBalances((from, 100), (frozen, 0), (dollars, 0));
    }

    [Fact]
    public async Task Money_that_is_refused_goes_back_to_a_sender_that_was_frozen_meanwhile_and_was_not_closed()
    {
        var (from, to) = (await Bank.OpenWith(100), await Bank.Open());
        await Database.Block(Credit);
        var pending = await Bank.Transfer(from, to, 100);
        Assert.Equal("pending", pending.State);
        Assert.Equal("transfer-pending", (await Bank.Do(from, "close")).Reason);
        await Bank.Do(from, "freeze");
        await Bank.Do(to, "freeze");
        await Database.Unblock();

        await Bank.Ends(pending, "refused");
        Assert.Equal("account-frozen", (await Bank.Get($"/transfers/{pending.TransferId}")).Reason);
        var sender = await Bank.Get($"/accounts/{from}");
        Assert.Equal(("frozen", 100L), (sender.State, sender.Body!["balance"]!.GetValue<long>()));
    }

    [Fact]
    public async Task A_transfer_that_takes_long_is_pending_ends_by_itself_and_its_repeat_still_says_pending()
    {
        var (from, to, key) = (await Bank.OpenWith(100), await Bank.Open(), Bank.NewKey());
        await Database.BlockEnds();
        var pending = await Bank.Transfer(from, to, 70, key: key);
        Assert.Equal((HttpStatusCode.Created, "pending"), (pending.Status, pending.State));
        Assert.Equal(pending.Text, (await Bank.Get($"/transfers/{pending.TransferId}")).Text);
        await Bank.AssertBalances((from, 30), (to, 70));

        await Database.Unblock();
        await Bank.Ends(pending, "completed");
        Assert.Equal(pending, await Bank.Transfer(from, to, 70, key: key));
        await Bank.AssertBalances((from, 30), (to, 70));
    }

    [Fact]
    public async Task Promise_9_a_transfer_of_no_shape_is_a_400_to_nobody_a_404_and_with_a_used_key_a_422()
    {
        var (from, to, key) = (await Bank.OpenWith(100), await Bank.Open(), Bank.NewKey());
        foreach (var bad in (object[])
        [
            new { from, to = from, amount = 1, currency = "EUR" }, new { from, amount = 1, currency = "EUR" }, new { to, amount = 1, currency = "EUR" },
            new { from, to, amount = 0, currency = "EUR" }, new { from, to, amount = 1, currency = "E" }, new { from = "me", to, amount = 1, currency = "EUR" },
        ])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await Bank.Post("/transfers", bad, Bank.NewKey())).Status);
        }
        Assert.Equal(HttpStatusCode.BadRequest, (await Bank.Post("/transfers", new { from, to, amount = 1, currency = "EUR" })).Status); // no key
        Assert.Equal(HttpStatusCode.NotFound, (await Bank.Transfer(from, Guid.CreateVersion7(), 1)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Bank.Transfer(Guid.CreateVersion7(), to, 1)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Bank.Get($"/transfers/{Guid.CreateVersion7()}")).Status);

        Assert.Equal("completed", (await Bank.Transfer(from, to, 1, key: key)).State);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Bank.Transfer(from, to, 2, key: key)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Bank.Deposit(from, 1, key: key)).Status); // the sender's keys are one set
        await Bank.AssertBalances((from, 99), (to, 1));
    }

    private async Task<Guid> Closed()
    {
        var account = await Bank.Open();
        Assert.Equal("closed", (await Bank.Do(account, "close")).State);
        return account;
    }

    private async Task AssertRefused(string reason, Guid from, Guid to, long amount, string currency = Bank.Eur)
    {
        var answer = await Bank.Transfer(from, to, amount, currency);
        Assert.Equal((HttpStatusCode.Created, "refused", reason), (answer.Status, answer.State, answer.Reason));
        Assert.Equal(answer.Text, (await Bank.Get($"/transfers/{answer.TransferId}")).Text);
        Assert.Equal([$"account-{from}", $"account-{to}"], answer.StreamVersion!.Split(',').Select(v => v.Split(':')[0]));
    }
}

[Collection("in-memory broker")]
public sealed class TransfersFlow_on_the_in_memory_broker(InMemorySystem system) : TransfersFlow(system);

[Collection("broker at hand")]
public sealed class TransfersFlow_on_Apache_Kafka(BrokerAtHand system) : TransfersFlow(system);
