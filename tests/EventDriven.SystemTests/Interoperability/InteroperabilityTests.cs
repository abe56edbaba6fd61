using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.SystemTests.Interoperability;

/// <summary>With KafkaJS and the CloudEvents SDK for JavaScript, as others would read and send our messages.</summary>
[Collection("broker at hand")]
public sealed class InteroperabilityTests(BrokerAtHand system) : SystemTest(system)
{
    private const int Streams = 24;
    private TestService? _service;

    private TestService Service => _service!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Assert.SkipUnless(NodeProject.IsAvailable, "node is not on the PATH: this test needs Node 20.");
        _service = await TestService.Create(Running);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Our_messages_are_read_by_the_CloudEvents_SDK_and_lie_where_KafkaJS_would_have_put_them()
    {
        var log = (await Service.Start()).Services.GetRequiredService<EventLog>();
        var streams = Enumerable.Range(0, Streams).Select(_ => new StreamName("thing", Guid.CreateVersion7())).ToArray();
        foreach (var (number, stream) in streams.Index())
        {
            await using var transaction = await log.Begin(Ct);
            await transaction.Append(stream, ExpectedVersion.Any, Cause.Begin(), [new(new Happened(number, "été"))], Ct);
            await transaction.Commit(Ct);
        }

        var read = await NodeProject.Run("read.mjs", "", Running.Kafka, Service.Topic, $"{Streams}");

        Assert.Equal(Streams, read.Count);
        Assert.True(read.Select(m => m!["partition"]!.GetValue<int>()).Distinct().Count() > 1, "they lie on more than one partition");
        foreach (var message in read)
        {
            var (cloudEvent, stream) = (message!["event"]!, streams[message["event"]!["data"]!["number"]!.GetValue<int>()].ToString());
            Assert.Equal(message["partitionInJavaScript"]!.GetValue<int>(), message["partition"]!.GetValue<int>());
            Assert.Equal(stream, message["key"]!.GetValue<string>());
            Assert.Equal(stream, cloudEvent["subject"]!.GetValue<string>());
            Assert.Equal("1.0", cloudEvent["specversion"]!.GetValue<string>());
            Assert.Equal("/" + Service.Name, cloudEvent["source"]!.GetValue<string>());
            Assert.Equal($"{Service.Name}.happened.v1", cloudEvent["type"]!.GetValue<string>());
            Assert.Equal("0000000000000000001", cloudEvent["sequence"]!.GetValue<string>());
            Assert.Equal("été", cloudEvent["data"]!["text"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_message_sent_three_times_by_JavaScript_is_handled_once_and_in_order()
    {
        var recorder = new Recorder();
        await Service.Start(builder => TestService.Subscribe(builder, Service.Name + "-reader", Service.Types, recorder));
        var (stream, logId) = ($"thing-{Guid.CreateVersion7()}", Guid.CreateVersion7());
        await Send(times: 3, Enumerable.Range(1, 3));
        await Send(times: 1, [4]); // behind the last repeat on the same partition: when it is handled, they have been seen
        await Eventually.Equal(1L, () => Service.Scalar("select count(*) from effects where number = 4"), "the last is handled");
        Assert.Equal([(stream, 1), (stream, 2), (stream, 3), (stream, 4)], recorder.Seen);
        Assert.Equal(4, await Service.Scalar("select count(*) from effects"));

        Task Send(int times, IEnumerable<int> sequences) => NodeProject.Run("send.mjs", new JsonArray([.. sequences.Select(sequence => new JsonObject
        {
            ["id"] = new Guid(sequence, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 1]).ToString(),
            ["source"] = "/javascript",
            ["type"] = $"{Service.Name}.happened.v1",
            ["subject"] = stream,
            ["partitionkey"] = stream,
            ["sequence"] = $"{sequence:D19}",
            ["logid"] = logId.ToString(),
            ["datacontenttype"] = "application/json",
            ["data"] = new JsonObject { ["number"] = sequence, ["text"] = "été" },
        })]).ToJsonString(), Running.Kafka, Service.Topic, $"{times}");
    }

    [Fact]
    public async Task Each_services_document_is_valid_by_the_official_AsyncAPI_schema()
    {
        var documents = (await AsyncApiCatalogue.Of(Running, Ct)).Documents;
        Assert.NotEmpty(documents);
        JsonArray whole = [.. documents.Values.Select(document => document.DeepClone())], cut = (JsonArray)whole.DeepClone();
        foreach (var document in cut)
            document!.AsObject().Remove("info");
        Assert.All(await WrongWith(whole), service => Assert.True(service.Wrong == 0, $"{service.Name}: {service.What}"));
        Assert.All(await WrongWith(cut), service => Assert.True(service.Wrong > 0, $"{service.Name} has no info, and nothing is wrong with it"));

        async Task<IReadOnlyList<(string Name, int Wrong, string What)>> WrongWith(JsonArray all)
        {
            var wrong = await NodeProject.Run("asyncapi.mjs", all.ToJsonString());
            Assert.Equal(documents.Count, wrong.Count);
            return [.. documents.Keys.Zip(wrong, (name, found) => (name, found!.AsArray().Count, found.ToJsonString()))];
        }
    }
}
