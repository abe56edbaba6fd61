using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Messaging.AsyncApi;

/// <summary>What one service sends and receives, as an AsyncAPI 3.0 document made from the contracts and subscriptions that it runs with.</summary>
internal static class AsyncApiDocument
{
    public const string ContentType = "application/json";
    private const string BindingVersion = "0.5.0";

    public static JsonObject Of(string service, IEnumerable<MessageType> types, IEnumerable<Subscription> subscriptions)
    {
        // It sends the newest version of a type and reads every version that it can upcast.
        Flow[] flows =
        [
            .. types.Where(t => t.Topic is not null).Select(t => new Flow(null, t.Topic!, t, t.Versions[0])),
            .. subscriptions.SelectMany(s => s.Handles.SelectMany(t => t.Versions.Select(v => new Flow(s.Name, t.Topic!, t, v)))),
        ];
        return new()
        {
            ["asyncapi"] = "3.0.0",
            ["id"] = $"urn:eventdriven:{service}",
            ["info"] = new JsonObject
            {
                ["title"] = service,
                ["version"] = "1.0.0",
                ["description"] = "Made from the running code. Messages are CloudEvents 1.0 in Kafka's binary mode, keyed by their stream; a type's version is the end of its name.",
            },
            ["defaultContentType"] = ContentType,
            ["channels"] = Named(flows.GroupBy(f => f.Topic, StringComparer.Ordinal), Channel),
            ["operations"] = Named(flows.GroupBy(f => f.Operation, StringComparer.Ordinal), Operation),
            ["components"] = new JsonObject { ["messages"] = Named(flows.GroupBy(f => f.Version.Name, StringComparer.Ordinal), of => Message(of.First())) },
        };
    }

    private static JsonObject Channel(IGrouping<string, Flow> of) => new()
    {
        ["address"] = of.Key,
        ["messages"] = Named(of.GroupBy(f => f.Version.Name, StringComparer.Ordinal), name => Reference("components", "messages", name.Key)),
        ["bindings"] = Kafka(new() { ["topic"] = of.Key }),
    };

    private static JsonObject Operation(IGrouping<string, Flow> of)
    {
        var (group, topic, _, _) = of.First();
        var operation = new JsonObject
        {
            ["action"] = group is null ? "send" : "receive",
            ["channel"] = Reference("channels", topic),
            ["messages"] = new JsonArray([.. of.Select(f => Reference("channels", topic, "messages", f.Version.Name))]),
        };
        if (group is not null)
            operation["bindings"] = Kafka(new() { ["groupId"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray(group) } });
        return operation;
    }

    private static JsonObject Message(Flow of) => new()
    {
        ["name"] = of.Version.Name,
        ["title"] = of.Version.ClrType.Name,
        ["contentType"] = ContentType,
        ["correlationId"] = new JsonObject { ["location"] = "$message.header#/ce_correlationid" },
        ["headers"] = HeadersSchema.Of(of.Version.Name, of.Type),
        ["payload"] = PayloadSchema.Of(of.Version.ClrType),
        ["bindings"] = Kafka(new() { ["key"] = HeadersSchema.Key() }),
    };

    private static JsonObject Named<T>(IEnumerable<IGrouping<string, T>> groups, Func<IGrouping<string, T>, JsonObject> make) =>
        new(groups.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => KeyValuePair.Create<string, JsonNode?>(g.Key, make(g))));

    private static JsonObject Kafka(JsonObject binding)
    {
        binding["bindingVersion"] = BindingVersion;
        return new() { ["kafka"] = binding };
    }

    private static JsonObject Reference(params string[] path) => new() { ["$ref"] = "#/" + string.Join('/', path) };

    /// <summary>One version on one topic: received by a group, or sent where there is none.</summary>
    private sealed record Flow(string? Group, string Topic, MessageType Type, MessageVersion Version)
    {
        public string Operation => Group is null ? $"send.{Topic}" : $"{Group}.receive.{Topic}";
    }
}
