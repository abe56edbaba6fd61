using System.Net;
using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>What an operator sees before deciding, and how far the decision has come.</summary>
[Collection("broker at hand")]
public sealed class FailureViewTests(BrokerAtHand system) : SubscriptionTest(system)
{
    [Fact]
    public async Task Failures_are_grouped_by_what_their_causes_have_in_common_and_an_operation_tells_its_progress()
    {
        StreamName[] streams = [NewStream(), NewStream(), NewStream()];
        Recorder.Before = m => { if (m.Number is > 1 and < 10) throw new InvalidOperationException($"there is no row {m.Number} of '{Guid.CreateVersion7()}'"); };
        var host = await Start();
        foreach (var stream in streams)
            await Append(host, stream, 1, 1 + Array.IndexOf(streams, stream) + 1, 20);
        await Eventually.Equal(3L, () => CountParked("dead"), "dead letters");

        var group = (await Get(Subscription + "/failures")).AsArray().Single()!;
        Assert.Equal(("dead", 3L, 3L, 3L), (group["state"]!.GetValue<string>(), group["messages"]!.GetValue<long>(), group["streams"]!.GetValue<long>(), group["behind"]!.GetValue<long>()));
        Assert.Equal("InvalidOperationException: there is no row … of …", group["cause"]!.GetValue<string>());
        Assert.True(group["firstFailedAt"]!.GetValue<DateTimeOffset>() <= group["lastFailedAt"]!.GetValue<DateTimeOffset>());
        var messages = (await Get($"{Subscription}/set-aside?group={group["group"]}")).AsArray();
        Assert.Equal(3, messages.Count);
        Assert.Equal(["dead", "parked"], (await Get($"{Subscription}/set-aside?stream={streams[0]}")).AsArray().Select(m => m!["state"]!.GetValue<string>()));

        Recorder.Before = _ => { };
        var (_, answer) = await Post(Subscription + "/redrive", new { messageIds = messages.Select(m => m!["messageId"]!.GetValue<Guid>()) });
        var progress = await Eventually.Get(() => Get($"/control/audit/{answer!["operation"]}"), p => p["handled"]!.GetValue<long>() == 3, "all are handled");
        Assert.Equal((3L, 0L, 0L), (progress["total"]!.GetValue<long>(), progress["open"]!.GetValue<long>(), progress["dead"]!.GetValue<long>()));
        Assert.Empty((await Get(Subscription + "/failures")).AsArray());
        await Reconciles();
    }

    [Fact]
    public async Task A_gap_says_what_is_missing_and_quarantine_gives_back_the_bytes()
    {
        var stream = NewStream();
        await Start();
        await Produce(stream, 3, $"{Service.Name}.happened.v1");
        await Produce(NewStream(), 1, type: "", data: "whatever it was");

        var gap = (await Eventually.Get(() => Get(Subscription + "/gaps"), g => g.AsArray().Count == 1, "a gap"))[0]!;
        Assert.Equal((stream.ToString(), 1L, 2L), (gap["stream"]!.GetValue<string>(), gap["missingFrom"]!.GetValue<long>(), gap["missingTo"]!.GetValue<long>()));
        var raw = (await Eventually.Get(() => Get(Subscription + "/quarantined"), q => q.AsArray().Count == 1, "it is quarantined"))[0]!;
        var bytes = await Get($"{Subscription}/quarantined/{raw["topic"]}/{raw["partition"]}/{raw["offset"]}");
        Assert.Equal("whatever it was", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(bytes["value"]!.GetValue<string>())));
        using var client = Service.Client();
        using var nothing = await client.GetAsync($"{Subscription}/quarantined/{raw["topic"]}/{raw["partition"]}/999999", Ct);
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
    }

    [Fact]
    public async Task A_parked_message_says_behind_which_one_it_is_and_an_entitys_id_finds_its_stream()
    {
        var stream = NewStream();
        Recorder.Before = m => { if (m.Number == 2) throw new InvalidOperationException("it is poison"); };
        var host = await Start();
        await Append(host, stream, 1, 2, 3);
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");

        var found = (await Eventually.Get(() => Get($"/control/log/meant?id={stream.Id}"),
            m => m.AsArray().All(one => one!["relayed"] is not null), "the relay has written where it put them")).AsArray();
        Assert.Equal(3, found.Count);
        Assert.Equal(found[0]!.ToJsonString(), (await Get($"/control/log/meant?id={found[0]!["messageId"]}"))[0]!.ToJsonString());
        var last = await Whereabouts(found[2]!);
        Assert.Equal(("parked", found[1]!["messageId"]!.GetValue<string>()), (last["state"]!.GetValue<string>(), last["behind"]!["messageId"]!.GetValue<string>()));
        Assert.Equal("handled", (await Whereabouts(found[0]!))["state"]!.GetValue<string>());
        await Service.Execute("delete from inbox.batches");
        Assert.Equal("handled", (await Whereabouts(found[0]!))["state"]!.GetValue<string>());
        Assert.Equal(2, (await Get($"/control/log/messages/{found[1]!["messageId"]}/data"))["number"]!.GetValue<int>());

        Task<JsonNode> Whereabouts(JsonNode message) => Get(
            $"{Subscription}/messages?topic={Service.Topic}&partition={message["relayed"]!["partition"]}&offset={message["relayed"]!["offset"]}" +
            $"&messageId={message["messageId"]}&source=/{Service.Name}&stream={stream}&sequence={message["sequence"]}");
    }
}
