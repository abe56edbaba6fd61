using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>A lane does not ask for what it wrote itself; where that is no longer so, nothing comes of what it presumed.</summary>
[Collection("in-memory broker")]
public sealed class PresumedMarksTests(InMemorySystem system) : SubscriptionTest(system)
{
    [Fact]
    public async Task Promise_2_what_was_handled_elsewhere_meanwhile_has_no_second_effect()
    {
        var (stream, other) = (NewStream(), NewStream());
        var host = await Start();
        await HandleOneByOne(host, stream, upTo: 5);
        await Service.Execute($"update inbox.marks set accepted = 6, message_id = '{Guid.Empty}', revision = revision + 1 where stream = '{stream}'");
        await Append(host, stream, 6, 7);

        await HasEffects(stream, 1, 2, 3, 4, 5, 7);
        await Append(host, other, 1, 2);
        await HasEffects(other, 1, 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Promise_2_the_first_of_a_stream_that_was_met_elsewhere_has_no_second_effect(bool handlerAppends)
    {
        var (stream, before, said) = (NewStream(), NewStream(), NewStream());
        var host = await Start();
        await HandleOneByOne(host, before, upTo: 3);
        await Append(host, said, 1);
        await HasEffects(said, 1);
        await Service.Execute($"""
            insert into inbox.marks (subscription, topic, source, stream, accepted, message_id, log_id)
            select subscription, topic, source, '{stream}', 1, '{Guid.Empty}', log_id from inbox.marks where stream = '{before}'
            """);
        if (handlerAppends)
            Recorder.Also = (happened, context) =>
            {
                if (happened.Number == 1)
                    context.Append(said, ExpectedVersion.NoStream, new NewEvent(new Noted(1))); // it was said then
            };
        await Append(host, stream, 1, 2);

        // Tried again as a race it would take 20 s.
        await Eventually.Get(async () => string.Join(", ", await Effects(stream)), seen => seen == "2", "the effect of the second alone", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task What_comes_from_a_log_that_was_replaced_meanwhile_is_set_aside()
    {
        var stream = NewStream();
        var host = await Start();
        await HandleOneByOne(host, stream, upTo: 3);
        await Service.Execute("update inbox.sources set log_id = gen_random_uuid()");
        await Append(host, stream, 4);

        await Eventually.Equal(1L, () => CountParked("waiting"), "waiting");
        await HasEffects(stream, 1, 2, 3);
    }

    /// <summary>In batches of their own, so that later ones are presumed.</summary>
    private async Task HandleOneByOne(IHost host, StreamName stream, int upTo)
    {
        for (var n = 1; n <= upTo; n++)
        {
            await Append(host, stream, n);
            await HasEffects(stream, [.. Enumerable.Range(1, n)]);
        }
    }
}
