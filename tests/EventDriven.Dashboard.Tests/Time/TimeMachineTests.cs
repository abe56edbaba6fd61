using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Tests.Journey;
using EventDriven.Dashboard.Time;
using EventDriven.Dashboard.Watch;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.Time;

public sealed class TimeMachineTests : IDisposable
{
    private static readonly Guid Account = Guid.Parse("01a207c6-0000-7000-8000-0000000000aa");
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Topics = ["accounts.events"];

    private readonly FakeTimeProvider _clock = new(Noon.AddHours(1));
    private readonly FakeServices _services = new FakeServices("accounts", "email")
        .Answers("accounts", $"/control/log/meant?id={Account}&limit=500", new[] { Event(0, "accounts.account-opened.v1", 0), Event(1, "accounts.money-deposited.v1", 10) })
        .Answers("accounts", $"/control/log/streams/account-{Account}/verification", new { valid = true, events = 2 })
        .Answers("accounts", $"/control/accounts/{Account}", State(1, 5_500))
        .Answers("accounts", $"/control/accounts/{Account}?at=2030-01-01T12%3A05%3A00.0000000%2B00%3A00", State(0, 0));

    [Fact]
    public async Task An_account_is_shown_as_it_was_known_at_a_moment_and_as_it_is_now()
    {
        var (machine, history) = await Open();

        Assert.Equal((2, true), (history.Events.Count, history.Chain?.Valid));
        Assert.Equal((0L, 0L), (await Known(Noon.AddMinutes(5))));
        Assert.Equal((1L, 5_500L), (await Known(_clock.GetUtcNow())));
        Assert.Null((await machine.At(history, Noon.AddMinutes(-1), Ct)).State);

        async Task<(long, long)> Known(DateTimeOffset at) => (await machine.At(history, at, Ct)).State is { } state ? (state.Version, state.Balance) : (-1, -1);
    }

    [Fact]
    public async Task What_a_subscription_had_not_handled_by_then_was_in_flight()
    {
        _services.Answers("email", "/health", new { status = "Healthy" })
            .Answers("email", "/control/subscriptions", new[] { new { name = "email", state = "running", handled = 1, lag = 0, topics = Topics } })
            .Answers("email", $"/control/subscriptions/email/messages?topic=accounts.events&partition=0&offset=1&messageId={Id(1)}&source=%2Faccounts&stream=account-{Account}&sequence=2",
                new { state = "handled", at = Noon.AddMinutes(12), durationMs = 3 });
        var (machine, history) = await Open();

        Assert.Contains((await machine.At(history, Noon.AddMinutes(11), Ct)).InFlight, static one => one is { Subscription: "email", Message.Version: 1, Words: "handled 1 min later" });
        Assert.DoesNotContain((await machine.At(history, Noon.AddMinutes(13), Ct)).InFlight, static one => one.Message.Version == 1);
    }

    [Fact]
    public async Task The_statement_ends_where_the_moment_stands_and_each_event_has_its_place_in_the_chain()
    {
        _services.Answers("accounts", $"/control/log/streams/account-{Account}/verification",
                new { valid = false, events = 2, findings = new[] { new { kind = "changed", stream = $"account-{Account}", version = 1, what = "it is not what its hash was made of" } } })
            .Answers("accounts", $"/control/accounts/{Account}/statement?after=-1", new { lines = new[] { new { version = 1, type = "accounts.money-deposited.v1", at = Noon.AddMinutes(10), amount = 5_500, balance = 5_500 } } })
            .Answers("accounts", $"/control/accounts/{Account}/statement?after=-1&to=2030-01-01T12%3A05%3A00.0000000%2B00%3A00", new { lines = Array.Empty<object>() });
        var (machine, history) = await Open();

        Assert.Equal(5_500, Assert.Single((await machine.At(history, _clock.GetUtcNow(), Ct)).Statement).Balance);
        Assert.Empty((await machine.At(history, Noon.AddMinutes(5), Ct)).Statement);
        Assert.Equal([null, "it is not what its hash was made of"], history.Events.Select(message => history.Chain!.Of(message)));
    }

    [Theory]
    [InlineData(700, true)]
    [InlineData(699, false)]
    public async Task The_whole_bank_is_shown_as_of_a_moment_and_says_whether_it_adds_up(int balances, bool addsUp)
    {
        const string At = "at=2030-01-01T12%3A11%3A00.0000000%2B00%3A00";
        _services.Answers("accounts", $"/control/bank?{At}", new { since = Noon, position = 2, currencies = new[] { new { currency = "EUR", accounts = 2, balances, inTransit = 300, deposited = 1_500, withdrawn = 500 } } })
            .Answers("accounts", $"/control/log/messages?limit=20&{At}", new[] { Event(1, "accounts.money-deposited.v1", 10) })
            .Answers("email", "/health", new { status = "Healthy" })
            .Answers("email", "/control/subscriptions", new[] { new { name = "email", state = "running", handled = 1, lag = 0, topics = Topics } })
            .Answers("email", $"/control/subscriptions/email/messages?topic=accounts.events&partition=0&offset=1&messageId={Id(1)}&source=%2Faccounts&stream=account-{Account}&sequence=2",
                new { state = "handled", at = Noon.AddMinutes(12), durationMs = 3 });
        using var watch = new SystemWatch(_services.Client, [], _clock);
        await watch.Look(Ct);
        var bank = (await Machine(watch).Bank(Noon.AddMinutes(11), Ct))!;

        Assert.Equal(("EUR", addsUp), (Assert.Single(bank.State.Currencies).Currency, bank.State.Currencies[0].AddsUp));
        Assert.Equal(("email", "handled 1 min later"), (Assert.Single(bank.InFlight).Subscription, bank.InFlight[0].Words));
    }

    [Fact]
    public async Task An_account_that_nobody_has_opened_has_no_history() => Assert.Null(await Machine(new(_services.Client, [], _clock)).History(Guid.CreateVersion7(), Ct));

    public void Dispose() => _services.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<(TimeMachine Machine, AccountHistory History)> Open()
    {
        using var watch = new SystemWatch(_services.Client, [], _clock);
        await watch.Look(Ct);
        var machine = Machine(watch);
        return (machine, (await machine.History(Account, Ct))!);
    }

    private TimeMachine Machine(SystemWatch watch) => new(_services.Client, new JourneyReader(_services.Client, watch), _clock);

    private static string Id(int version) => $"01a207c6-0000-7000-8000-00000000000{version}";

    private static object Event(int version, string type, int afterMinutes) => new
    {
        messageId = Id(version),
        type,
        stream = $"account-{Account}",
        version,
        sequence = version + 1,
        topic = "accounts.events",
        position = version + 1,
        recordedAt = Noon.AddMinutes(afterMinutes),
        correlationId = Account,
        relayed = new { partition = 0, offset = version, at = Noon.AddMinutes(afterMinutes) },
    };

    private static object State(long version, long balance) => new { accountId = Account, version, balance, currency = "EUR", status = "open" };
}
