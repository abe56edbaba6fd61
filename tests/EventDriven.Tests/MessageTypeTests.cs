using System.Text;
using EventDriven.Log;

namespace EventDriven.Tests;

public sealed class MessageTypeTests
{
    private static readonly MessageType Moved = MessageType.Published<MovedV3>("there.moved.v3", "there.events")
        .Upcasting("there.moved.v2", (MovedV2 old) => new MovedV3(old.Metres * 1_000, old.By ?? throw new InvalidOperationException("nobody")))
        .Upcasting("there.moved.v1", (MovedV1 old) => new MovedV2(old.Distance, "unknown"));

    private static readonly MessageTypes Types = [Moved, MessageType.Private<Rested>("there.rested.v1")];

    [Theory]
    [InlineData("there.moved.v3", """{"millimetres":5000,"by":"ada"}""", "ada")]
    [InlineData("there.moved.v2", """{"metres":5,"by":"ada"}""", "ada")]
    [InlineData("there.moved.v1", """{"distance":5}""", "unknown")]
    public void Every_version_is_read_into_the_newest_record(string name, string json, string by)
    {
        Assert.True(Types.TryGet(name, out var type));
        Assert.Equal(new MovedV3(5_000, by), Read(type, name, json));
    }

    [Fact]
    public void Appending_uses_the_newest_name() => Assert.Equal("there.moved.v3", Types.Of(typeof(MovedV3)).Name);

    [Fact]
    public void A_command_names_its_senders_and_an_event_is_sent_by_the_service_of_its_topic()
    {
        Assert.Equal(["there"], Moved.Senders);
        Assert.Equal(["here"], MessageType.Published<Rested>("there.rest.v1", "there.commands").SentBy("here").Senders);
    }

    [Fact]
    public void The_record_of_an_older_version_cannot_be_appended() => Assert.Throws<InvalidOperationException>(() => Types.Of(typeof(MovedV2)));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"millimetres":"far","by":"ada"}""")]
    [InlineData("""{"millimetres":5,"by":null}""")]
    public void Bytes_of_another_shape_are_unreadable_and_the_error_names_type_and_cause(string json)
    {
        var unreadable = Assert.Throws<UnreadableMessageException>(() => Read(Moved, "there.moved.v3", json));
        Assert.Equal("there.moved.v3", unreadable.Type);
        Assert.StartsWith("A there.moved.v3 cannot be read: ", unreadable.Message, StringComparison.Ordinal);
        Assert.NotNull(unreadable.InnerException);
    }

    [Fact]
    public void What_an_upcaster_refuses_is_unreadable_under_the_name_it_came_with()
    {
        var unreadable = Assert.Throws<UnreadableMessageException>(() => Read(Moved, "there.moved.v2", """{"metres":5}"""));
        Assert.Equal("A there.moved.v2 cannot be read: nobody", unreadable.Message);
    }

    [Fact]
    public void An_unknown_version_is_unreadable() =>
        Assert.Contains("there.moved.v3, there.moved.v2, there.moved.v1", Assert.Throws<UnreadableMessageException>(() => Read(Moved, "there.moved.v4", "{}")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("there.moved.v1", true, true)]
    [InlineData("there.moved.v4", true, false)]
    [InlineData("there.rested.v2", true, false)]
    [InlineData("there.lost.v1", false, false)]
    [InlineData("no name at all", false, false)]
    public void A_version_from_the_future_is_told_from_an_unknown_type(string name, bool known, bool readable)
    {
        Assert.Equal(known, Types.KnowsFamily(name));
        Assert.Equal(readable, Types.TryGet(name, out _));
    }

    [Theory]
    [InlineData("there.moved")]
    [InlineData("moved.v1")]
    [InlineData("There.moved.v1")]
    [InlineData("there.moved.v0")]
    [InlineData("there.moved.v01")]
    [InlineData("there.moved.v1\n")]
    [InlineData("there..moved.v1")]
    [InlineData("there.moved-.v1")]
    [InlineData("there.just_moved.v1")]
    [InlineData("EventDriven.Tests.Moved, EventDriven.Tests")]
    public void Other_names_are_refused(string name) => Assert.Throws<ArgumentException>(() => MessageType.Private<Rested>(name));

    [Fact]
    public void A_family_stands_in_a_register_once()
    {
        Assert.Throws<ArgumentException>(() => new MessageTypes { Moved, MessageType.Private<Rested>("there.moved.v1") });
        Assert.Throws<ArgumentException>(() => new MessageTypes { MessageType.Private<Rested>("there.rested.v1"), MessageType.Private<Rested>("there.slept.v1") });
    }

    [Theory]
    [InlineData("there.rested.v1")]
    [InlineData("there.rested.v2")]
    [InlineData("here.rested.v1")]
    public void Only_an_older_version_of_the_same_type_is_upcast(string name) => Assert.Throws<ArgumentException>(() =>
        MessageType.Private<Rested>("there.rested.v1").Upcasting(name, (MovedV1 _) => new Rested()));

    [Fact]
    public void An_upcaster_leads_to_a_version_that_is_there() => Assert.Throws<ArgumentException>(() =>
        MessageType.Private<Rested>("there.rested.v2").Upcasting("there.rested.v1", (MovedV1 old) => new MovedV2(old.Distance, null)));

    private static object Read(MessageType type, string name, string json) => type.Read(name, Encoding.UTF8.GetBytes(json));

    private sealed record MovedV1(int Distance);

    private sealed record MovedV2(int Metres, string? By = null);

    private sealed record MovedV3(int Millimetres, string By);

    private sealed record Rested;
}
