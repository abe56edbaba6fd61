using EventDriven.Log;
using EventDriven.Messaging.Publishing;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>The broker goes away for longer than sessions, leases and heartbeats last, and comes back.</summary>
[Collection("broker at hand")]
public sealed class OutageTests(BrokerAtHand system) : SubscriptionTest(system)
{
    private static readonly TimeSpan LongerThanASession = TimeSpan.FromSeconds(12);

    [Fact]
    public async Task Promise_2_an_outage_of_the_broker_pauses_the_relay_and_subscriptions_and_nothing_is_lost_doubled_or_tried()
    {
        NeedsApacheKafka();
        var streams = Enumerable.Range(0, 5).Select(_ => NewStream()).ToArray();
        var host = await Start();
        foreach (var stream in streams)
        {
            await Append(host, stream, 1);
            await HasEffects(stream, 1);
        }
        await Running.Stop("kafka");
        try
        {
            for (var n = 2; n <= 20; n++)
            {
                foreach (var stream in streams)
                    await Append(host, stream, n); // promise 4: whoever writes does not notice
            }
            await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of(Relay.Part), reason => reason is not null, "the relay says so");
            await Task.Delay(LongerThanASession, Ct);
            Assert.Equal(95, (await Get("/control/log"))["unrelayed"]!.GetValue<long>());
        }
        finally
        {
            await Running.Start("kafka");
        }

        foreach (var stream in streams)
            await Eventually.Equal(string.Join(' ', Enumerable.Range(1, 20)), async () => string.Join(' ', await Effects(stream)), $"effects of {stream}", TimeSpan.FromSeconds(90));
        await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of(Relay.Part), reason => reason is null, "the trouble is over");
        Assert.Equal(0, await Service.Scalar("select count(*) from inbox.parked"));
        Assert.Equal(1, await Service.Scalar("select max(attempts) from inbox.batches"));
        await Reconciles();
    }
}
