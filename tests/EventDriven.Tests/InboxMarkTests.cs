using EventDriven.Log;
using EventDriven.Messaging.Subscriptions.Inbox;
using EventDriven.Messaging.Wire;

namespace EventDriven.Tests;

public sealed class InboxMarkTests
{
    private static readonly Guid LogId = Guid.CreateVersion7();
    private static readonly WireMessage Third = Message(3);
    private static readonly InboxMark AtThird = InboxMark.Unmet(Third, fromNow: false).Accept(Third);

    [Fact]
    public void The_first_message_of_a_stream_is_next() => Assert.Equal(Judgement.Next, InboxMark.Unmet(Message(1), fromNow: false).Judge(Message(1)));

    [Fact]
    public void Meeting_a_stream_above_1_is_a_gap() => Assert.Equal(Judgement.Gap, InboxMark.Unmet(Message(2), fromNow: false).Judge(Message(2)));

    [Fact]
    public void Who_starts_from_now_begins_wherever_the_stream_is()
    {
        var mark = InboxMark.Unmet(Message(7), fromNow: true);
        Assert.Equal(Judgement.Next, mark.Judge(Message(7)));
        Assert.Equal(6, mark.StartedAt);
    }

    [Fact]
    public void The_next_message_is_next() => Assert.Equal(Judgement.Next, AtThird.Judge(Message(4)));

    [Fact]
    public void The_next_message_of_a_parked_stream_is_behind() => Assert.Equal(Judgement.Behind, (AtThird with { Blocked = true }).Judge(Message(4)));

    [Fact]
    public void A_message_beyond_the_next_is_a_gap_also_in_a_parked_stream()
    {
        Assert.Equal(Judgement.Gap, AtThird.Judge(Message(5)));
        Assert.Equal(Judgement.Gap, (AtThird with { Blocked = true }).Judge(Message(5)));
    }

    [Fact]
    public void A_message_that_comes_again_is_a_duplicate()
    {
        Assert.Equal(Judgement.Duplicate, AtThird.Judge(Third));
        Assert.Equal(Judgement.Duplicate, AtThird.Judge(Message(1)));
    }

    [Fact]
    public void Another_message_in_the_place_of_one_taken_in_is_an_alarm() => Assert.Equal(Judgement.OtherMessage, AtThird.Judge(Message(3)));

    [Theory]
    [InlineData(1, -1, 3)] // from before the point: it is not gone back to
    [InlineData(2, 0, 1)] // the first from then on
    [InlineData(3, 1, 2)] // the topic has only later ones
    [InlineData(4, 1, 3)] // none of those handled came again: the stream goes on
    [InlineData(4, -1, 3)] // new, though its publisher's clock is behind
    [InlineData(5, 1, 3)] // a gap, as ever
    public void A_rewound_mark_goes_back_to_the_first_message_from_then_on(long sequence, int seconds, long accepted)
    {
        var rewound = AtThird with { RewoundTo = DateTimeOffset.UnixEpoch, ReplayUntil = 3 };
        var met = rewound.Met(Message(sequence) with { Time = DateTimeOffset.UnixEpoch.AddSeconds(seconds) });
        Assert.Equal(accepted, met.Accepted);
    }

    [Fact]
    public void A_mark_that_goes_back_does_so_once()
    {
        var rewound = AtThird with { RewoundTo = DateTimeOffset.UnixEpoch, ReplayUntil = 3, CountedUntil = 3, WithoutHandler = 3 };
        var met = rewound.Met(Message(2));
        Assert.Equal(Judgement.Next, met.Judge(Message(2)));
        var after = met.Accept(Message(2));
        Assert.Equal(2, after.Met(Message(1)).Accepted);
        Assert.Equal(3, after.CountWithoutHandler(Message(3)).WithoutHandler); // it is counted already
        Assert.Equal(4, after.CountWithoutHandler(Message(4)).WithoutHandler);
    }

    private static WireMessage Message(long sequence) => new()
    {
        MessageId = Guid.CreateVersion7(),
        Source = "/there",
        Type = "there.happened.v1",
        Time = DateTimeOffset.UnixEpoch,
        Stream = "thing-1",
        Sequence = sequence,
        LogId = LogId,
        Cause = new Cause(Guid.CreateVersion7(), null, null),
        Data = ReadOnlyMemory<byte>.Empty,
    };
}
