using Confluent.Kafka;
using CsCheck;
using EventDriven.Messaging.Subscriptions.Consuming;

namespace EventDriven.Tests;

public sealed class PartitionClaimTests
{
    [Fact]
    public void The_low_water_mark_never_passes_an_offset_that_is_not_done() =>
        Gen.Shuffle(Enumerable.Range(10, 30).ToArray()).Sample(order =>
        {
            var claim = new PartitionClaim(new TopicPartition("topic", 0), epoch: 1, nextOffset: 10);
            foreach (var offset in order.Order())
                claim.Start(offset, DateTimeOffset.UnixEpoch);
            HashSet<int> done = [];
            foreach (var offset in order)
            {
                claim.Done(offset);
                done.Add(offset);
                var expected = Enumerable.Range(10, 31).First(o => !done.Contains(o));
                if (claim.Next != expected)
                    return false;
            }
            return claim is { Next: 40, InFlight: 0 };
        });

    [Fact]
    public void Offsets_that_the_broker_leaves_out_hold_nothing_up()
    {
        var claim = new PartitionClaim(new TopicPartition("topic", 0), epoch: 1, nextOffset: null);
        foreach (var offset in (long[])[3, 7, 8])
            claim.Start(offset, DateTimeOffset.UnixEpoch);
        Assert.Equal(3, claim.Next);
        claim.Done(3);
        claim.Done(7);
        Assert.Equal(8, claim.Next);
    }
}
