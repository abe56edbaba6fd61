using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;
using EventDriven.Log.Requests;
using EventDriven.SystemTests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>Deciders on a real log: a counter that takes what it is told, up to a limit.</summary>
[Collection("in-memory broker")]
public sealed class DeciderStoreTests(InMemorySystem system) : SystemTest(system)
{
    private const int Limit = 1_000;
    private TestService _service = null!;
    private IHost _host = null!;

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

    private DeciderStore<Add, Counter> Store => _host.Services.GetRequiredService<DeciderStore<Add, Counter>>();

    [Fact]
    public async Task Commands_of_many_callers_to_one_entity_are_all_carried_out_once()
    {
        var stream = NewStream();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Store.Execute(stream, new Add(1), Cause.Begin(), Ct, creates: true)));

        Assert.Equal(new Loaded<Counter>(stream, 99, new Counter(100)), await Store.Load(stream, Ct));
    }

    [Fact]
    public async Task Processes_that_race_for_one_entity_decide_again_on_what_has_happened()
    {
        var other = (await Start()).Services.GetRequiredService<DeciderStore<Add, Counter>>();
        var stream = NewStream();
        await Store.Execute(stream, new Add(Limit - 10), Cause.Begin(), Ct, creates: true);
        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(n => Try(n % 2 == 0 ? Store : other)));

        Assert.Equal(10, results.Count(carriedOut => carriedOut)); // never over the limit, whoever asks
        Assert.Equal(Limit, (await Store.Load(stream, Ct)).State.Sum);

        async Task<bool> Try(DeciderStore<Add, Counter> store)
        {
            while (true)
            {
                try
                {
                    await store.Execute(stream, new Add(1), Cause.Begin(), Ct);
                    return true;
                }
                catch (DomainRuleException)
                {
                    return false;
                }
                catch (WrongExpectedVersionException) // bounded: the caller may try again
                {
                }
            }
        }
    }

    [Fact]
    public async Task A_request_is_carried_out_once_per_key_and_every_repeat_hears_the_first_outcome()
    {
        var (stream, key) = (NewStream(), new RequestKey("counter", "a key", [1]));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Request(stream, new Add(5), key)));

        Assert.Equal((StatusCodes.Status200OK, "5", $"{stream}:0"), Assert.Single(answers.Distinct()));
        Assert.Equal(0, (await Store.Load(stream, Ct)).Version);
    }

    [Fact]
    public async Task A_repeat_in_another_process_at_the_same_time_hears_the_first_outcome_too()
    {
        var other = (await Start()).Services.GetRequiredService<DeciderStore<Add, Counter>>();
        for (var n = 0; n < 20; n++)
        {
            // The streams differ, as when a thing is created: only the key says that it is the same request.
            var key = new RequestKey("counter", $"key {n}", [1]);
            var answers = await Task.WhenAll(Request(NewStream(), new Add(5), key), Request(NewStream(), new Add(5), key, other));
            Assert.Single(answers.Distinct());
        }
        Assert.Equal(20, await _service.Scalar("select count(*) from log.events"));
    }

    [Fact]
    public async Task Another_request_under_the_same_key_is_refused_and_changes_nothing()
    {
        var stream = NewStream();
        await Request(stream, new Add(5), new("counter", "a key", [1]));
        var (status, _, _) = await Request(stream, new Add(7), new("counter", "a key", [2]));

        Assert.Equal(StatusCodes.Status422UnprocessableEntity, status);
        Assert.Equal(0, (await Store.Load(stream, Ct)).Version);
    }

    [Fact]
    public async Task A_refusal_is_an_outcome_of_its_key_even_when_the_state_would_allow_it_later()
    {
        var (stream, key) = (NewStream(), new RequestKey("counter", "a key", [1]));
        await Request(stream, new Add(Limit), key: null);
        Assert.Equal(StatusCodes.Status409Conflict, (await Request(stream, new Add(1), key)).Status);
        await Request(stream, new Add(-1), key: null);

        Assert.Equal(StatusCodes.Status409Conflict, (await Request(stream, new Add(1), key)).Status);
        Assert.Equal(Limit - 1, (await Store.Load(stream, Ct)).State.Sum);
    }

    [Fact]
    public async Task A_command_to_an_entity_that_does_not_exist_appends_and_stores_nothing()
    {
        var stream = NewStream();
        await Assert.ThrowsAsync<StreamNotFoundException>(() => Store.Execute(stream, new Add(1), new("counter", "a key", [1]), Cause.Begin(), Answer, Ct));

        Assert.False((await Store.Load(stream, Ct)).Exists);
        Assert.Equal(0, await _service.Scalar("select count(*) from log.outcomes"));
    }

    [Fact]
    public async Task Inline_projections_change_in_the_same_commit_and_a_failing_one_leaves_nothing()
    {
        var stream = NewStream();
        await Store.Execute(stream, new Add(3), Cause.Begin(), Ct, creates: true);
        var failing = Store.Execute(stream, new Add(ToEffects.Fails), Cause.Begin(), Ct);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Store.Execute(NewStream(), new Add(1), Cause.Begin(), Ct, creates: true)));

        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => failing);
        Assert.Equal(0, (await Store.Load(stream, Ct)).Version);
        Assert.Equal(3, await _service.Scalar("select sum(number) from effects where stream = $1", stream.ToString()));
        Assert.Equal(21, await _service.Scalar("select count(*) from effects"));
    }

    [Fact]
    public async Task A_state_as_of_a_version_or_a_time_is_what_it_was()
    {
        var stream = NewStream();
        var yesterday = TimeProvider.System.GetUtcNow().AddDays(-1);
        foreach (var amount in (int[])[1_000, -400, 50])
            await Store.Execute(stream, new Add(amount), Cause.Begin(), Ct, creates: true);
        await Store.Execute(stream, new Add(7) { EffectiveAt = yesterday }, Cause.Begin(), Ct);
        var recorded = await _service.Rows("select recorded_at from log.events where stream = $1 order by version", row => row.GetFieldValue<DateTimeOffset>(0), stream.ToString());

        int[] sums = [1_000, 600, 650, 657];
        Assert.Equal(sums, await Task.WhenAll(Enumerable.Range(0, 4).Select(v => Sum(AsOf.Version(v)))));
        Assert.Equal(sums, await Task.WhenAll(recorded.Select(at => Sum(AsOf.Time(at, effectiveBy: null)))));
        Assert.False((await Store.Load(stream, AsOf.Time(recorded[0].AddMicroseconds(-1), effectiveBy: null), Ct)).Exists);
        Assert.Equal(7, await Sum(AsOf.Time(recordedBy: null, yesterday)));
        Assert.Equal(0, await Sum(AsOf.Time(recorded[2], yesterday))); // it was not known then
        Assert.Equal(1_007, await Sum(AsOf.Time(recordedBy: null, yesterday, withFirst: true)));
        Assert.Equal(0, await Sum(AsOf.Time(recorded[2], yesterday, withFirst: true))); // nor is there a first without another
        Assert.Equal(2, (await Store.Load(stream, AsOf.Version(2), Ct)).Version);
        Assert.Equal(3, (await Store.Load(stream, AsOf.Version(9), Ct)).Version);

        async Task<int> Sum(AsOf asOf) => (await Store.Load(stream, asOf, Ct)).State.Sum;
    }

    [Fact]
    public async Task A_snapshot_is_taken_up_and_a_wrong_or_unreadable_one_is_replayed_and_written_anew()
    {
        var stream = NewStream();
        for (var n = 0; n < 25; n++)
            await Store.Execute(stream, new Add(1), Cause.Begin(), Ct, creates: true);
        Assert.Equal(19, await Snapshot("version")); // the policy keeps one every ten events

        // What only the snapshot says is proof that it is used.
        await _service.Execute($"update sourcing.snapshots set state = convert_to('{{\"sum\":120}}', 'UTF8') where stream = '{stream}'");
        Assert.Equal(125, (await Store.Load(stream, Ct)).State.Sum);

        await _service.Execute($"update sourcing.snapshots set state = convert_to('no JSON', 'UTF8') where stream = '{stream}'");
        Assert.Equal(25, (await Store.Load(stream, Ct)).State.Sum);
        Assert.Equal(24, await Snapshot("version"));

        await _service.Execute($"update sourcing.snapshots set reducer = 'counter.v0', state = convert_to('{{\"sum\":120}}', 'UTF8') where stream = '{stream}'");
        Assert.Equal(25, (await Store.Load(stream, Ct)).State.Sum);
        Assert.Equal(2, await Snapshot("count(*)"));

        Task<long> Snapshot(string what) => _service.Scalar($"select {what} from sourcing.snapshots where stream = $1", stream.ToString());
    }

    private Task<IHost> Start() => _service.Start(builder =>
    {
        builder.AddEventSourcing();
        builder.AddDecider(CounterDecider, new SnapshotPolicy("counter.v1", Every: 10), new ToEffects());
    }, relays: false);

    private async Task<(int Status, string Body, string? Written)> Request(StreamName stream, Add command, RequestKey? key, DeciderStore<Add, Counter>? store = null)
    {
        var result = await (store ?? Store).Execute(stream, command, key, Cause.Begin(), Answer, Ct, creates: true);
        return result is Outcome outcome
            ? (outcome.Status, System.Text.Encoding.UTF8.GetString(outcome.Body.Span), outcome.Headers.GetValueOrDefault(Outcome.StreamVersionHeader))
            : (((IStatusCodeHttpResult)result).StatusCode!.Value, "", null);
    }

    private static Outcome Answer(Decided<Counter> decided) => Outcome.Ok(decided.State.Sum);

    private static StreamName NewStream() => CounterDecider.Stream(Guid.CreateVersion7());

    /// <summary>The test service's events stand for what was added.</summary>
    private static Decider<Add, Counter> CounterDecider { get; } = Decider.Of<Add, Happened, Counter>("counter", Decide, (counter, happened) => new(counter.Sum + happened.Number), new Counter(0),
        happened => new NewEvent(happened) { EffectiveAt = happened.Text.Length > 0 ? DateTimeOffset.Parse(happened.Text, System.Globalization.CultureInfo.InvariantCulture) : null });

    private static Happened[] Decide(Add command, Counter counter) => counter.Sum + command.Amount > Limit
        ? throw new DomainRuleException("That would be too much.", "too-much")
        : [new Happened(command.Amount, command.EffectiveAt?.ToString("O", System.Globalization.CultureInfo.InvariantCulture) ?? "")];

    private sealed record Add(int Amount)
    {
        public DateTimeOffset? EffectiveAt { get; init; }
    }

    private sealed record Counter(int Sum);

    private sealed class ToEffects : IInlineProjection
    {
        public const int Fails = -777;

        public IEnumerable<Sql> Project(StreamName stream, long version, NewEvent happened)
        {
            if (happened.Data is Happened { Number: Fails })
                yield return new("select 1 / 0");
            yield return new("insert into effects (stream, number) values ($1, $2)", stream.ToString(), ((Happened)happened.Data).Number);
        }
    }
}
