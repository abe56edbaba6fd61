using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.Messaging.AsyncApi;
using EventDriven.Messaging.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Tests;

public sealed class AsyncApiDocumentTests
{
    private static readonly MessageTypes There = [MessageType.Published<Now>("there.happened.v2", "there.events").Upcasting("there.happened.v1", (Then old) => new Now(old.Number, null))];
    private static readonly MessageTypes Here = [MessageType.Published<Done>("here.done.v1", "here.events"), MessageType.Private<Noted>("here.noted.v1")];

    private static readonly JsonObject Document = AsyncApiDocument.Of("here", Here, [new Subscription("reader", There, new ServiceCollection()).Handle<Now, Handler>()]);

    [Fact]
    public void What_a_service_publishes_it_sends_and_what_is_private_is_not_there()
    {
        Assert.Equal("""{"action":"send","channel":{"$ref":"#/channels/here.events"},"messages":[{"$ref":"#/channels/here.events/messages/here.done.v1"}]}""", Document["operations"]!["send.here.events"]!.ToJsonString());
        Assert.DoesNotContain("noted", Document.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_subscription_handles_it_receives_in_every_version_that_it_reads()
    {
        var received = Document["operations"]!["reader.receive.there.events"]!;
        Assert.Equal("receive", received["action"]!.GetValue<string>());
        Assert.Equal(
            ["#/channels/there.events/messages/there.happened.v2", "#/channels/there.events/messages/there.happened.v1"],
            received["messages"]!.AsArray().Select(m => m!["$ref"]!.GetValue<string>()));
        Assert.Equal("reader", received["bindings"]!["kafka"]!["groupId"]!["enum"]![0]!.GetValue<string>());
    }

    [Fact]
    public void A_message_says_its_headers_key_and_payload()
    {
        var message = Document["components"]!["messages"]!["there.happened.v2"]!;
        Assert.Equal("""{"type":"object","properties":{"number":{"type":"integer"},"text":{"type":["string","null"]}},"required":["number","text"]}""", message["payload"]!.ToJsonString());
        Assert.Equal("""["/there"]""", message["headers"]!["properties"]!["ce_source"]!["enum"]!.ToJsonString());
        Assert.Equal("string", message["bindings"]!["kafka"]!["key"]!["type"]!.GetValue<string>());
    }

    [Fact]
    public void Only_a_type_without_order_says_no_sequence()
    {
        foreach (var (type, has) in new[] { (MessageType.Published<Done>("here.done.v1", "here.events"), true), (MessageType.Published<Done>("here.done.v1", "here.events").WithoutOrder(), false) })
        {
            var headers = HeadersSchema.Of(type.Name, type);
            Assert.Equal(has, headers["properties"]!["ce_sequence"] is not null);
            Assert.Equal(has, headers["required"]!.AsArray().Any(h => h!.GetValue<string>() == "ce_sequence"));
        }
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        var references = References(Document).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(reference[2..].Split('/').Aggregate((JsonNode?)Document, (node, name) => node?[name])));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(f => f.Key == "$ref" ? [f.Value!.GetValue<string>()] : References(f.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private sealed record Then(int Number);

    private sealed record Now(int Number, string? Text);

    private sealed record Done(Guid Id);

    private sealed record Noted(int Number);

    private sealed class Handler : IMessageHandler<Now>
    {
        public Task Handle(Now message, MessageContext context, CancellationToken ct) => Task.CompletedTask;
    }
}
