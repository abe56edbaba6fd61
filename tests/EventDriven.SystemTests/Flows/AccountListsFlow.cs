using System.Net;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>The read models of the accounts: one log, many views of it.</summary>
[Collection("in-memory broker")]
public sealed class AccountListsFlow(InMemorySystem system) : FlowTest(system)
{
    private readonly Bank _bank = new(system);

    [Fact]
    public async Task A_statement_has_a_line_for_all_that_moved_with_the_balance_after_it()
    {
        var (account, other) = (await _bank.OpenWith(1000), await _bank.Open());
        await _bank.Deposit(account, 4500);
        await _bank.Do(account, "freeze");
        await _bank.Do(account, "unfreeze");
        await _bank.Withdraw(account, 500);
        await _bank.Transfer(account, other, 2000);
        await _bank.Do(other, "freeze");
        var refused = await _bank.Transfer(account, other, 1); // goes and comes back

        var statement = await Statement(account, refused);
        Assert.Equal("EUR", statement["currency"]!.GetValue<string>());
        Assert.Equal([(1000L, 1000L), (4500, 5500), (-500, 5000), (-2000, 3000), (-1, 2999), (1, 3000)], Lines(statement));
        Assert.Equal([(2000L, 2000L)], Lines(await Statement(other, refused)));
        Assert.Equal(3000, await _bank.Balance(account));

        var third = statement["lines"]![2]!["at"]!.GetValue<DateTimeOffset>();
        Assert.Equal([(-500L, 5000L), (-2000, 3000), (-1, 2999), (1, 3000)], Lines((await _bank.Get($"/accounts/{account}/statement?from={Uri.EscapeDataString(third.ToString("O"))}")).Body!));
        Assert.Equal([(1000L, 1000L), (4500, 5500), (-500, 5000)], Lines((await _bank.Get($"/accounts/{account}/statement?to={third:O}")).Body!));
        var page = (await _bank.Get($"/accounts/{account}/statement?limit=2")).Body!;
        Assert.Equal([(-500L, 5000L), (-2000, 3000)], Lines((await _bank.Get($"/accounts/{account}/statement?limit=2&after={page["next"]}")).Body!));
    }

    [Fact]
    public async Task A_list_has_the_accounts_of_an_owner_in_pages_and_includes_a_write_that_it_is_asked_to()
    {
        var owner = Guid.CreateVersion7();
        List<(Guid Account, string Version)> opened = [];
        for (var n = 0; n < 5; n++)
        {
            var answer = await _bank.Post("/accounts", new { ownerId = owner, currency = "EUR" });
            opened.Add((answer.Body!["accountId"]!.GetValue<Guid>(), answer.StreamVersion!));
        }
        var deposit = await _bank.Deposit(opened[4].Account, 42);

        List<JsonNode> seen = [];
        JsonNode? next = null;
        do
        {
            var after = next is null ? "" : $"&after={next}";
            var page = (await _bank.Get($"/accounts?ownerId={owner}&limit=2&includes={deposit.StreamVersion}{after}")).Body!;
            Assert.InRange(page["items"]!.AsArray().Count, 1, 2);
            Assert.True(page["position"]!.GetValue<long>() > 0);
            seen.AddRange(page["items"]!.AsArray()!);
            next = page["next"];
        }
        while (next is not null);
        Assert.Equal(opened.Select(o => o.Account), seen.Select(i => i["accountId"]!.GetValue<Guid>()));
        Assert.Equal(("open", 42L, 1L), (seen[4]["status"]!.GetValue<string>(), seen[4]["balance"]!.GetValue<long>(), seen[4]["version"]!.GetValue<long>()));
        Assert.Empty((await _bank.Get($"/accounts?ownerId={Guid.CreateVersion7()}")).Body!["items"]!.AsArray());
        Assert.NotEmpty((await _bank.Get("/accounts")).Body!["items"]!.AsArray());
    }

    [Fact]
    public async Task The_largest_accounts_of_a_currency_come_first()
    {
        var currency = "X" + (char)('A' + Random.Shared.Next(26)) + (char)('A' + Random.Shared.Next(26));
        await _bank.OpenWith(20, currency);
        var largest = await _bank.OpenWith(30, currency);
        var last = await _bank.OpenWith(10, currency);
        var items = (await _bank.Get($"/accounts/largest?currency={currency}&limit=3&includes=account-{last}:1")).Body!["items"]!.AsArray();
        Assert.Equal([30L, 20, 10], items.Select(i => i!["balance"]!.GetValue<long>()));
        Assert.Equal(largest, items[0]!["accountId"]!.GetValue<Guid>());
    }

    [Fact]
    public async Task The_whole_bank_adds_up_now_and_as_it_was_before_a_transfer()
    {
        var currency = "Z" + (char)('A' + Random.Shared.Next(26)) + (char)('A' + Random.Shared.Next(26));
        var (account, other) = (await _bank.OpenWith(1_000, currency), await _bank.Open(currency));
        var before = (await Statement(account, await _bank.Deposit(account, 500, currency)))["lines"]![1]!["at"]!.GetValue<DateTimeOffset>();
        await _bank.Transfer(account, other, 300, currency);
        var last = await _bank.Withdraw(other, 50, currency);

        Assert.Equal((2L, 1_450m, 0m, 1_500m, 50m), await Sums($"?includes={last.StreamVersion}"));
        Assert.Equal((1L, 1_500m, 0m, 1_500m, 0m), await Sums($"?at={Uri.EscapeDataString(before.ToString("O"))}"));
        Assert.Equal(HttpStatusCode.BadRequest, (await _bank.Get("/bank?at=2999-01-01T00:00:00Z")).Status);
        Assert.Empty((await _bank.Get("/bank?at=2000-01-01T00:00:00Z")).Body!["currencies"]!.AsArray());

        async Task<(long, decimal, decimal, decimal, decimal)> Sums(string query)
        {
            var one = (await _bank.Get($"/bank{query}")).Body!["currencies"]!.AsArray().Single(c => c!["currency"]!.GetValue<string>() == currency)!;
            return (one["accounts"]!.GetValue<long>(), Sum("balances"), Sum("inTransit"), Sum("deposited"), Sum("withdrawn"));

            decimal Sum(string name) => one[name]!.GetValue<decimal>();
        }
    }

    [Fact]
    public async Task The_days_totals_are_the_sums_of_what_moved()
    {
        var currency = "Y" + (char)('A' + Random.Shared.Next(26)) + (char)('A' + Random.Shared.Next(26));
        var (account, other) = (await _bank.OpenWith(1_000_000_000_000_000, currency), await _bank.OpenWith(1_000_000_000_000_000, currency));
        await _bank.Transfer(account, other, 300, currency);
        await _bank.Transfer(account, await _bank.Open("EUR"), 7, currency); // refused, so it is not transferred
        var last = await _bank.Withdraw(other, 50, currency);

        var days = (await _bank.Get($"/totals?includes={last.StreamVersion}")).Body!["days"]!.AsArray().Where(d => d!["currency"]!.GetValue<string>() == currency).ToArray();
        Assert.Equal((2_000_000_000_000_000m, 50m, 300m), (Sum("deposited"), Sum("withdrawn"), Sum("transferred"))); // of two days at midnight

        decimal Sum(string what) => days.Sum(d => d![what]!.GetValue<decimal>());
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=501")]
    [InlineData("?ownerId=me")]
    [InlineData("?after=1")]
    [InlineData("?includes=nonsense")]
    [InlineData("/largest")]
    [InlineData("/largest?currency=eur")]
    [InlineData("/0199c0de-0000-7000-8000-000000000001/statement?from=yesterday")]
    [InlineData("/0199c0de-0000-7000-8000-000000000001/statement?from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z")]
    public async Task Promise_9_a_query_of_no_shape_is_a_400(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _bank.Get("/accounts" + query)).Status);

    [Fact]
    public async Task A_statement_of_nobody_and_a_write_that_never_was_are_404() => Assert.Equal(
        [HttpStatusCode.NotFound, HttpStatusCode.NotFound],
        [(await _bank.Get($"/accounts/{Guid.CreateVersion7()}/statement")).Status, (await _bank.Get($"/accounts?includes=account-{await _bank.Open()}:1")).Status]);

    private async Task<JsonNode> Statement(Guid account, Answer including) => (await _bank.Get($"/accounts/{account}/statement?includes={including.StreamVersion}")).Body!;

    private static (long Amount, long Balance)[] Lines(JsonNode statement) =>
        [.. statement["lines"]!.AsArray().Select(l => (l!["amount"]!.GetValue<long>(), l["balance"]!.GetValue<long>()))];
}
