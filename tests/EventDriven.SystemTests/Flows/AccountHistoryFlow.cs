using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.Flows;

/// <summary>An account's past: as it was, unchanged, and seen to be.</summary>
[Collection("in-memory broker")]
public sealed class AccountHistoryFlow(InMemorySystem system) : FlowTest(system)
{
    private readonly Bank _bank = new(system);
    private readonly BankDatabase _database = new(system);
    private readonly Customers _customers = new(system);

    [Fact]
    public async Task Promise_6_each_balance_of_the_seed_case_can_be_had_at_its_version_and_at_its_recorded_time()
    {
        var account = await SeedCase();
        var events = (await History(account))["events"]!.AsArray();
        Assert.Equal(["accounts.account-opened.v1", "accounts.money-deposited.v1", "accounts.money-deposited.v1", "accounts.money-withdrawn.v1"], events.Select(e => e!["type"]!.GetValue<string>()));

        long[] balances = [0, 1000, 5500, 5000];
        for (var version = 0; version < balances.Length; version++)
        {
            Assert.Equal(version, events[version]!["version"]!.GetValue<int>());
            var recorded = Recorded(events, version);
            Assert.Equal(balances[version], await _bank.Balance(account, $"?version={version}"));
            Assert.Equal(balances[version], await _bank.Balance(account, $"?at={Uri.EscapeDataString(recorded.ToString("O"))}"));
            Assert.Equal(balances[version], await _bank.Balance(account, $"?at={recorded:O}")); // as a client that forgets to escape the +
            if (version > 0)
                Assert.Equal(balances[version - 1], await _bank.Balance(account, $"?at={Uri.EscapeDataString(recorded.AddMicroseconds(-1).ToString("O"))}"));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await _bank.Get($"/accounts/{account}?at={Uri.EscapeDataString(Recorded(events, 0).AddMicroseconds(-1).ToString("O"))}")).Status);
    }

    [Fact]
    public async Task The_history_tells_each_event_as_it_was_written_with_times_and_a_hash()
    {
        var account = await _bank.OpenWith(7);
        var effectiveAt = new DateTimeOffset(2020, 2, 2, 2, 2, 2, TimeSpan.Zero);
        await _bank.Withdraw(account, 3, effectiveAt: effectiveAt);
        var history = await History(account);

        Assert.Equal((account, true), (history["accountId"]!.GetValue<Guid>(), history["chainVerifies"]!.GetValue<bool>()));
        Assert.Empty(history["findings"]!.AsArray());
        var withdrawn = history["events"]![2]!;
        Assert.Equal((3, "EUR"), (withdrawn["data"]!["amount"]!.GetValue<int>(), withdrawn["data"]!["currency"]!.GetValue<string>()));
        Assert.Equal(effectiveAt, withdrawn["effectiveAt"]!.GetValue<DateTimeOffset>());
        Assert.True(withdrawn["recordedAt"]!.GetValue<DateTimeOffset>() > effectiveAt);
        Assert.Equal(3, history["events"]!.AsArray().Select(e => e!["hash"]!.GetValue<string>()).Where(h => h.Length == 64 && h.All(char.IsAsciiHexDigitLower)).Distinct().Count());
        Assert.Equal(HttpStatusCode.NotFound, (await _bank.Get($"/accounts/{Guid.CreateVersion7()}/history")).Status);
    }

    [Fact]
    public async Task Promise_6_an_account_is_the_same_from_its_snapshot_and_from_its_events()
    {
        var account = await _bank.Open();
        for (var n = 1; n <= 105; n++)
            await _bank.Deposit(account, n);
        var now = await _bank.Get($"/accounts/{account}");
        Assert.Equal(1L, await Snapshots("version >= 99"));

        await _database.Tamper($"update sourcing.snapshots set state = 'rubbish' where stream = 'account-{account}'");
        Assert.Equal(now, await _bank.Get($"/accounts/{account}"));
        Assert.Equal(1L, await Snapshots("state <> 'rubbish'"));
        await _database.Tamper($"update sourcing.snapshots set reducer = 'account.v0' where stream = 'account-{account}'");
        Assert.Equal(now, await _bank.Get($"/accounts/{account}"));
        Assert.Equal(now.Text, (await _bank.Get($"/accounts/{account}?version=105")).Text);

        Task<long> Snapshots(string that) => _database.Scalar($"select count(*) from sourcing.snapshots where stream = 'account-{account}' and reducer = 'account.v1' and {that}");
    }

    [Theory]
    [InlineData("update log.events set data = ''")]
    [InlineData("delete from log.events")]
    [InlineData("truncate log.events")]
    public async Task Promise_7_the_service_cannot_change_the_history_of_an_account(string statement)
    {
        await _bank.OpenWith(1);
        await using var connection = new NpgsqlConnection(await Running.App.GetConnectionStringAsync("accountsdb", Ct));
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(statement, connection);
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Ct))).SqlState);
    }

    [Fact]
    public async Task Promise_7_an_event_that_a_superuser_has_changed_is_found_and_named_in_the_history()
    {
        var account = await SeedCase();
        var stream = $"account-{account}";
        await _database.Tamper($"create table public.before as select * from log.events where stream = '{stream}'");
        try
        {
            await _database.Tamper($"update log.events set data = convert_to(replace(convert_from(data, 'UTF8'), '1000', '9999'), 'UTF8') where stream = '{stream}' and version = 1");
            var history = await History(account);
            Assert.False(history["chainVerifies"]!.GetValue<bool>());
            var finding = Assert.Single(history["findings"]!.AsArray());
            Assert.Equal(("changed", 1), (finding!["kind"]!.GetValue<string>(), finding["version"]!.GetValue<int>()));
            Assert.Equal(4, history["events"]!.AsArray().Count);

            await _database.Tamper($"update log.events set data = 'no json' where stream = '{stream}' and version = 1");
            Assert.Equal("no json", (await History(account))["events"]![1]!["data"]!.GetValue<string>());
            await _database.Tamper($"delete from log.events where stream = '{stream}' and version = 3");
            Assert.Contains("missing", (await History(account))["findings"]!.AsArray().Select(f => f!["kind"]!.GetValue<string>()));
            await _database.Tamper($"delete from log.events where stream = '{stream}'");
            Assert.Equal("missing", (await History(account))["findings"]![0]!["kind"]!.GetValue<string>()); // not a 404: its head is still there
        }
        finally
        {
            await _database.Tamper($"""
                delete from log.events where stream = '{stream}';
                insert into log.events overriding system value select * from public.before;
                drop table public.before
                """);
        }
        Assert.True((await History(account))["chainVerifies"]!.GetValue<bool>());
        await AcceptFindings();
    }

    private async Task<Guid> SeedCase()
    {
        var account = await _bank.OpenWith(1000);
        await _bank.Deposit(account, 4500);
        await _bank.Withdraw(account, 500);
        return account;
    }

    private async Task<JsonNode> History(Guid account) => (await _bank.Get($"/accounts/{account}/history")).Body!;

    private static DateTimeOffset Recorded(JsonArray events, int version) => events[version]!["recordedAt"]!.GetValue<DateTimeOffset>();

    /// <summary>What the background has found meanwhile is no trouble of the tests after this one.</summary>
    private async Task AcceptFindings()
    {
        using var control = Running.Control("accounts");
        foreach (var finding in (await _customers.ControlGet("accounts", "/control/log"))!["audit"]!["findings"]!.AsArray())
            using (await control.PostAsJsonAsync($"/control/log/findings/{finding!["id"]}/accept", new { reason = "a test did it" }, Ct))
            {
            }
    }
}
