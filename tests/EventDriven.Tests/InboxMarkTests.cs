using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Wire;

namespace EventDriven.Tests;

public sealed class InboxMarkTests
{
    private static readonly Guid LogId = Guid.CreateVersion7();
    private static readonly WireMessage Third = Message(3);
    private static readonly InboxMark AtThird = InboxMark.After(Third);

    [Fact]
    public void The_first_message_of_a_stream_is_handled() => Assert.Equal(Judgement.Handle, InboxMark.Judge(null, Message(1)));

    [Fact]
    public void Meeting_a_stream_above_1_is_a_gap() => Assert.Equal(Judgement.Gap, InboxMark.Judge(null, Message(2)));

    [Fact]
    public void The_next_message_is_handled() => Assert.Equal(Judgement.Handle, InboxMark.Judge(AtThird, Message(4)));

    [Fact]
    public void A_message_beyond_the_next_is_a_gap() => Assert.Equal(Judgement.Gap, InboxMark.Judge(AtThird, Message(5)));

    [Fact]
    public void A_message_that_comes_again_is_a_duplicate()
    {
        Assert.Equal(Judgement.Duplicate, InboxMark.Judge(AtThird, Third));
        Assert.Equal(Judgement.Duplicate, InboxMark.Judge(AtThird, Message(1)));
    }

    [Fact]
    public void Another_message_in_the_place_of_one_handled_is_an_alarm() => Assert.Equal(Judgement.OtherMessage, InboxMark.Judge(AtThird, Message(3)));

    [Fact]
    public void A_restored_log_is_noticed_before_anything_else() =>
        Assert.Equal(Judgement.OtherLog, InboxMark.Judge(AtThird, Message(4) with { LogId = Guid.CreateVersion7() }));

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
