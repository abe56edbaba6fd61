using CsCheck;
using EventDriven.Accounts;
using EventDriven.Accounts.Rules;
using EventDriven.Accounts.Transfer;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.SystemTests.Flows;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks.Accounts;

/// <summary>The bank on a real database, whatever is asked of it in whatever order. It knows no broker, so it is tested once.</summary>
[Collection("in-memory broker")]
public sealed class BankProperties(InMemorySystem system) : SystemTest(system)
{
    private const int SnapshotEvery = 5;
    private static readonly Gen<string> Currency = Gen.OneOf<string>("EUR", "EUR", "EUR", "USD");

    private static readonly Gen<AccountCommand> Commands = Gen.Frequency(
        (6, Gen.Select(Gen.Long[1, 1_000], Currency).Select(AccountCommand (amount, currency) => new DepositMoney(amount, currency))),
        (5, Gen.Select(Gen.Long[1, 1_500], Currency).Select(AccountCommand (amount, currency) => new WithdrawMoney(amount, currency))),
        (2, Gen.Long[1, 1_000].Select(AccountCommand (amount) => new StartTransfer(Guid.CreateVersion7(), Guid.CreateVersion7(), ReceiverExists: true, amount, "EUR"))),
        (1, Gen.Const<AccountCommand>(new FreezeAccount())), (2, Gen.Const<AccountCommand>(new UnfreezeAccount())));

    private TestService _service = null!;
    private IHost _host = null!;

    private DeciderStore<AccountCommand, Account> Store => _host.Services.GetRequiredService<DeciderStore<AccountCommand, Account>>();

    private EventLog Log => _host.Services.GetRequiredService<EventLog>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
        _host = await Start();
    }

    public override async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public Task Concurrent_appends_never_lose_or_reorder_within_a_stream() => Gen.Select(Gen.Int[1, 4], Gen.Int[2, 6], Gen.Int[1, 12]).SampleAsync(async (streams, writers, each) =>
    {
        var names = Enumerable.Range(0, streams).Select(_ => new StreamName("thing", Guid.CreateVersion7())).ToArray();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 0; n < each; n++)
                await Log.Append(names[(writer + n) % streams], ExpectedVersion.Any, Cause.Begin(), [new(new Happened(n, $"{writer}"))], [], Ct);
        }, Ct)));

        var total = 0;
        foreach (var name in names)
        {
            var events = await Log.Reader.Stream(name, 0, writers * each, Ct);
            Assert.Equal(Enumerable.Range(0, events.Count).Select(v => (long)v), events.Select(e => e.Version));
            Assert.All(events.Select(e => (Happened)Log.Types.Of(typeof(Happened)).Read(e.Type, e.Data)).GroupBy(h => h.Text), w => Assert.Equal(w.Select(h => h.Number).Order(), w.Select(h => h.Number)));
            total += events.Count;
        }
        Assert.Equal(writers * each, total);
    }, iter: 15, threads: 1);

    [Fact]
    public Task The_fold_is_deterministic_and_a_snapshot_and_its_tail_are_the_full_replay_at_every_prefix() => Commands.List[1, 30].SampleAsync(async commands =>
    {
        var (stream, expected) = (await Open(), new List<Account>());
        expected.Add((await Store.Load(stream, Ct)).State);
        foreach (var command in commands)
        {
            expected.AddRange(await Try(stream, command));
            Same(expected[^1], (await Store.Load(stream, Ct)).State); // from a snapshot and what came after it
        }
        for (var version = 0; version < expected.Count; version++)
            Same(expected[version], (await Store.Load(stream, AsOf.Version(version), Ct)).State); // from the events
        if (expected.Count > SnapshotEvery)
            Assert.Equal(1, await _service.Scalar("select count(*) from sourcing.snapshots where stream = $1", stream.ToString()));
    }, iter: 15, threads: 1);

    [Fact]
    public Task A_snapshot_that_is_wrong_or_cannot_be_read_means_replay_and_rewrite() => Gen.Select(Commands.List[8, 25], Gen.OneOf<string>(
        "state = 'rubbish'", "state = '{}'", "state = 'null'", "state = ''", "state = '{\"balance\":\"much\"}'", "reducer = 'account.v0-' || stream")).SampleAsync(async (commands, damage) =>
    {
        var stream = await Open();
        foreach (var command in Enumerable.Repeat<AccountCommand>(new DepositMoney(1, "EUR"), SnapshotEvery).Concat(commands))
            await Try(stream, command);
        var expected = await Store.Load(stream, Ct);
        await _service.Execute($"update sourcing.snapshots set {damage} where stream = '{stream}'");

        Same(expected.State, (await Store.Load(stream, Ct)).State);
        Assert.Equal(1, await _service.Scalar($"select count(*) from sourcing.snapshots where stream = '{stream}' and reducer = 'account.v1' and version = {expected.Version}"));
        Same(expected.State, (await Store.Load(stream, Ct)).State);
    }, iter: 12, threads: 1);

    [Fact]
    public Task Promise_5_concurrent_transfers_conserve_money_at_every_position() => Gen.Select(
        Gen.Long[0, 300].Array[2, 5], Gen.Select(Gen.Int[0, 99], Gen.Int[0, 99], Gen.Long[1, 200], Gen.Int[0, 9]).List[1, 40]).SampleAsync(async (atFirst, transfers) =>
    {
        var other = await Start(); // in two processes
        var accounts = await Task.WhenAll(atFirst.Select(async amount =>
        {
            var stream = await Open();
            if (amount > 0)
                await Store.Execute(stream, new DepositMoney(amount, "EUR"), Cause.Begin(), Ct);
            return stream;
        }));
        await Task.WhenAll(transfers.Select((t, n) => Task.Run(() => Transfer(n % 2 == 0 ? _host : other, accounts[t.Item1 % accounts.Length], accounts[t.Item2 % accounts.Length], t.Item3, steps: t.Item4), Ct)));

        await Eventually.Equal(0L, () => _service.Scalar("""
            select (select count(*) from accounts.transfers where status = 'pending')
                 + (select count(*) from log.events e where not exists (select from log.positions p where p.event_id = e.id))
            """), "pending transfers, and events without a position");
        var ledger = new Ledger();
        foreach (var (position, type, data) in await _service.Rows("select p.position, e.type, e.data from log.positions p join log.events e on e.id = p.event_id where e.stream like 'account-%' order by 1", row => (row.GetInt64(0), row.GetString(1), row.GetFieldValue<byte[]>(2))))
            ledger.Take(position, (IAccountEvent)(AccountsContract.Types.TryGet(type, out var known) ? known : throw new InvalidOperationException(type)).Read(type, data));
        Assert.Equal(0, ledger.Pending);
        Assert.Equal(atFirst.Sum(), accounts.Sum(a => ledger.Accounts[a.Id].Balance));
        await TestService.Stop(other);
    }, iter: 8, threads: 1);

    /// <summary>A transfer as the request makes it, which stops after some of its steps as if its process had died: the follower goes on.</summary>
    private static async Task Transfer(IHost host, StreamName from, StreamName to, long amount, int steps)
    {
        if (from == to)
            return;
        var (store, process) = (host.Services.GetRequiredService<DeciderStore<AccountCommand, Account>>(), host.Services.GetRequiredService<TransferProcess>());
        var begun = await Again(() => store.Execute(from, new StartTransfer(Guid.CreateVersion7(), to.Id, ReceiverExists: true, amount, "EUR"), Cause.Begin(), Ct));
        if (steps < 3 || begun.Events[0].Data is not TransferStarted started)
            return;
        var arrival = await Again(() => process.Credit(started, Cause.Begin(), Ct));
        if (steps > 5)
            await Again(() => process.End(started.From, new(started.TransferId, started.To, started.Amount, started.Currency, arrival.Refusal), Cause.Begin(), Ct));
    }

    /// <summary>A race between processes that stays lost: the caller may try again.</summary>
    private static async Task<T> Again<T>(Func<Task<T>> act)
    {
        while (true)
        {
            try
            {
                return await act();
            }
            catch (WrongExpectedVersionException)
            {
            }
        }
    }

    private Task<IHost> Start() => _service.Start(b => b.AddAccounts(SnapshotEvery), relays: false, also: AccountsContract.Types);

    private async Task<StreamName> Open()
    {
        var id = Guid.CreateVersion7();
        await Store.Execute(Store.Stream(id), new OpenAccount(id, Guid.CreateVersion7(), "EUR"), Cause.Begin(), Ct, creates: true);
        return Store.Stream(id);
    }

    /// <summary>The state after each event of the command; none when it is refused.</summary>
    private async Task<Account[]> Try(StreamName stream, AccountCommand command)
    {
        try
        {
            return [(await Store.Execute(stream, command, Cause.Begin(), Ct)).State];
        }
        catch (DomainRuleException)
        {
            return [];
        }
    }

    private static void Same(Account expected, Account actual)
    {
        Assert.Equal(expected with { InTransit = actual.InTransit }, actual);
        Assert.Equal(expected.InTransit.OrderBy(t => t.Key), actual.InTransit.OrderBy(t => t.Key));
    }
}
