using System.Collections.Concurrent;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>Several processes of one subscription, while partitions go from one to another.</summary>
[Collection("broker at hand")]
public sealed class RebalanceTests(BrokerAtHand system) : SubscriptionTest(system)
{
    private readonly ConcurrentBag<int> _runs = [];
    private readonly ManualResetEventSlim _never = new();

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        _never.Dispose();
    }

    [Fact]
    public async Task What_is_in_hand_when_partitions_are_given_up_comes_to_its_end_there_and_runs_nowhere_else()
    {
        NeedsApacheKafka();
        var messages = 0;
        var first = await StartMember(m => Runs(m, TimeSpan.FromMilliseconds(50)));
        while (messages < 20)
            await Append(first, NewStream(), messages++);
        await Eventually.See(() => _runs.Count, n => n > 10, "some have run");
        // While it is read, a message may run in two processes, of which the marks let one through: from the log, and from a partition that moved.
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from inbox.history where not done"), "histories to read");
        var second = await StartMember(m => Runs(m, TimeSpan.FromMilliseconds(50)));
        await Eventually.Get(async () => // there is something in hand whenever it happens, and never more than is done within the time there is for it
        {
            while (messages < _runs.Count + 10)
                await Append(second, NewStream(), messages++);
            return await Service.Scalar("select count(*) from inbox.partitions where epoch > 1");
        }, n => n > 0, "a partition was given up");

        await Eventually.Equal((long)messages, () => Service.Scalar("select count(*) from effects"), "effects", TimeSpan.FromSeconds(60));
        Assert.Equal(messages, _runs.Count);
        await Reconciles();
    }

    [Fact]
    public async Task Promise_2_a_handler_that_hangs_while_its_partitions_are_given_up_holds_no_other_up_and_has_its_effect_once()
    {
        NeedsApacheKafka();
        const int streams = 30;
        using var goOn = new ManualResetEventSlim();
        var first = await StartMember(m => { _runs.Add(m.Number); goOn.Wait(Ct); });
        for (var i = 0; i < streams; i++)
            await Append(first, NewStream(), i);
        await Eventually.See(() => _runs.Count, n => n > 0, "it hangs");

        await StartMember(_ => { });
        var others = await Eventually.Get(() => Service.Scalar("select count(*) from effects"), n => n > 0, "the second one handles what was given up", TimeSpan.FromSeconds(60));
        Assert.InRange(others, 1, streams);
        goOn.Set();
        await Eventually.Equal((long)streams, () => Service.Scalar("select count(*) from effects"), "effects", TimeSpan.FromSeconds(60));
        Assert.Equal(streams, await Service.Scalar("select count(distinct number) from effects"));
        await Reconciles();
    }

    private void Runs(Happened message, TimeSpan takes)
    {
        _runs.Add(message.Number);
        _never.Wait(takes, Ct);
    }

    /// <summary>With little in hand, so that it is done within the time there is for it.</summary>
    private Task<IHost> StartMember(Action<Happened> before) => Service.Start(b =>
    {
        b.Configuration["Messaging:BatchSize"] = "2";
        TestService.Subscribe(b, Service.Name, Service.Types, new Recorder { Before = before });
    });
}
