using System.Net;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>Where a subscription begins: with everything there ever was, or from now.</summary>
[Collection("broker at hand")]
public sealed class BeginningTests(BrokerAtHand system) : SubscriptionTest(system)
{
    [Fact]
    public async Task Promise_4_a_subscription_that_is_added_gets_the_whole_history_and_its_publisher_is_not_even_started_again()
    {
        var publisher = await Service.Start();
        var stream = NewStream();
        await Append(publisher, stream, 1, 2, 3);
        await Eventually.Equal(3L, () => Service.Scalar("select relayed from log.progress"), "relayed");

        await Start();
        await HasEffects(stream, 1, 2, 3);
        await Append(publisher, stream, 4);
        await HasEffects(stream, 1, 2, 3, 4);
        await Reconciles();
    }

    [Fact]
    public async Task A_subscription_from_now_handles_nothing_from_before_and_everything_since()
    {
        var (old, later) = (NewStream(), NewStream());
        var publisher = await Service.Start();
        await Append(publisher, old, 1, 2);
        await Eventually.Equal(2L, () => Service.Scalar("select relayed from log.progress"), "relayed");

        var host = await StartFromNow();
        await Append(publisher, old, 3);
        await Append(publisher, later, 1);
        await HasEffects(old, 3);
        await HasEffects(later, 1);
        await TestService.Stop(host);
        await Append(publisher, old, 4);
        await StartFromNow(); // now is when it was first started
        await HasEffects(old, 3, 4);
        await HasEffects(later, 1);
    }

    [Fact]
    public async Task A_process_that_dies_before_it_has_written_down_where_now_is_does_not_begin_with_the_past()
    {
        var stream = NewStream();
        var publisher = await Service.Start();
        await Append(publisher, stream, 1, 2);
        await Eventually.Equal(2L, () => Service.Scalar("select relayed from log.progress"), "relayed");

        var host = await StartFromNow();
        await TestService.Stop(host);
        await Service.Execute("update inbox.partitions set next_offset = null, began_at = null"); // as it is between the claim and that
        await StartFromNow();
        await Append(publisher, stream, 3);
        await HasEffects(stream, 3);
    }

    [Fact]
    public async Task A_replay_of_a_subscription_from_now_goes_back_to_where_it_began()
    {
        var (old, later) = (NewStream(), NewStream());
        var publisher = await Service.Start();
        await Append(publisher, old, 1, 2);
        await Eventually.Equal(2L, () => Service.Scalar("select relayed from log.progress"), "relayed");
        await StartFromNow();
        await Append(publisher, later, 1, 2);
        await HasEffects(later, 1, 2);
        var newest = await Service.Scalar("select max(id) from effects");

        Assert.Equal(HttpStatusCode.Accepted, (await Post(Subscription + "/replay")).Status);
        await Eventually.Get(() => Service.Scalar("select coalesce(min(id), 0) from effects"), id => id > newest, "the effects are new");
        await HasEffects(later, 1, 2);
        Assert.Empty(await Effects(old));
    }

    [Fact]
    public async Task What_the_senders_log_holds_from_before_is_not_handled_from_now_when_the_topic_forgets()
    {
        var (old, later) = (NewStream(), NewStream());
        var publisher = await Service.Start(sends: false); // what it says comes by backfill alone
        await Append(publisher, old, 1, 2);
        await StartFromNow(sends: false);
        await Append(publisher, later, 1, 2);
        await Eventually.Equal(4L, () => Service.Scalar("select count(*) from log.positions"), "positions given");

        await Service.Execute($"insert into inbox.history (subscription, topic, source) values ('{Service.Name}', '{Service.Topic}', '/{Service.Name}')");
        await HasEffects(later, 1, 2);
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from inbox.history where done"), "histories read");
        Assert.Empty(await Effects(old));
    }

    private async Task<IHost> StartFromNow(bool sends = true)
    {
        var host = await Start(s => s.StartFromNow().ResetBy(new Sql("delete from effects")), sends);
        await Eventually.Get(() => Get(Subscription), s => s["state"]!.GetValue<string>() == "running", "it runs");
        return host;
    }
}
