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
