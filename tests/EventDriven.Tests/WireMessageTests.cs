using System.Text;
using Confluent.Kafka;
using EventDriven.Messaging.Wire;

namespace EventDriven.Tests;

public sealed class WireMessageTests
{
    private static readonly WireMessage Sent = new()
    {
        MessageId = Guid.CreateVersion7(),
        Source = "/there",
        Type = "there.happened.v1",
        Time = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero),
        Stream = "thing-1",
        Sequence = 7,
        LogId = Guid.CreateVersion7(),
        Cause = new(Guid.CreateVersion7(), Guid.CreateVersion7(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        Data = Encoding.UTF8.GetBytes("""{"number":1}"""),
    };

    [Fact]
    public void What_is_sent_is_read_again()
    {
        Assert.True(WireMessage.TryRead(Received(), out var read, out _));
        Assert.Equal(Sent.Data.ToArray(), read.Data.ToArray());
        Assert.Equal(Sent with { Data = read.Data }, read);
    }

    [Fact]
    public void What_has_no_order_is_read_again_by_its_id()
    {
        var id = Guid.CreateVersion7();
        var mentioned = Sent with { MessageId = id, Stream = WireMessage.Alone(id), Sequence = 1, Subject = "thing-1" };
        var sent = mentioned.ToKafka(Sent.Cause.TraceParent);
        Assert.Equal("thing-1", sent.Key);
        Assert.False(sent.Headers.TryGetLastBytes("ce_sequence", out _));
        Assert.True(WireMessage.TryRead(Received(sent), out var read, out _));
        Assert.Equal(mentioned with { Data = read.Data }, read);
    }

    [Fact]
    public void What_comes_from_somewhere_without_logs_needs_an_id_a_source_and_a_type()
    {
        var message = Received();
        foreach (var header in (string[])["ce_sequence", "ce_subject", "ce_logid", "ce_correlationid", "ce_causationid"])
            message.Headers.Remove(header);
        Assert.True(WireMessage.TryRead(message, out var read, out _));
        Assert.Equal((WireMessage.Alone(Sent.MessageId), 1, null, Guid.Empty), (read.Stream, read.Sequence, read.Subject, read.LogId));
    }

    [Theory]
    [InlineData("ce_id", null)]
    [InlineData("ce_id", "no uuid")]
    [InlineData("ce_subject", null)]
    [InlineData("ce_sequence", "0")]
    [InlineData("ce_sequence", "-1")]
    [InlineData("ce_logid", "")]
    public void What_cannot_be_attributed_is_refused_with_its_reason(string header, string? value)
    {
        var message = Received();
        message.Headers.Remove(header);
        if (value is not null)
            message.Headers.Add(header, Encoding.UTF8.GetBytes(value));
        Assert.False(WireMessage.TryRead(message, out _, out var reason));
        Assert.Contains(header, reason, StringComparison.Ordinal);
    }

    private static Message<byte[]?, byte[]?> Received() => Received(Sent.ToKafka(Sent.Cause.TraceParent));

    private static Message<byte[]?, byte[]?> Received(Message<string, byte[]> sent) => new() { Key = Encoding.UTF8.GetBytes(sent.Key), Value = sent.Value, Headers = sent.Headers };
}
