using System.Text.Json.Nodes;
using EventDriven.Log;

namespace EventDriven.Messaging.AsyncApi;

/// <summary>The headers of a message: CloudEvents 1.0 in Kafka's binary mode. One allowed value is an enum, which more validators know than const.</summary>
internal static class HeadersSchema
{
    private const string Stream = "^[^-]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

    public static JsonObject Of(string name, MessageType type)
    {
        var headers = Common(name, type);
        if (!type.IsOrdered)
            return headers;
        headers["required"]!.AsArray().Add("ce_sequence");
        headers["properties"]!["ce_sequence"] = new JsonObject
        {
            ["type"] = "string",
            ["pattern"] = "^[0-9]{19}$",
            ["description"] = "1, 2, 3 … of this stream on this topic, without holes; it sorts as text",
        };
        return headers;
    }

    private static JsonObject Common(string name, MessageType type) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray(
            "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_partitionkey", "ce_logid", "ce_correlationid", "content-type"),
        ["properties"] = new JsonObject
        {
            ["ce_specversion"] = OneOf("1.0"),
            ["ce_id"] = Text("uuid", "The same at every delivery"),
            ["ce_source"] = OneOf([.. type.Senders.Select(s => "/" + s)]),
            ["ce_type"] = OneOf(name),
            ["ce_time"] = Text("date-time", "When it was recorded"),
            ["ce_subject"] = Key(),
            ["ce_partitionkey"] = Key(),
            ["ce_logid"] = Text("uuid", "The incarnation of the sender's log; another one after a restore"),
            ["ce_correlationid"] = Text("uuid", "The whole journey"),
            ["ce_causationid"] = Text("uuid", "The message that directly led to this one; absent at a journey's start"),
            ["traceparent"] = new JsonObject { ["type"] = "string", ["description"] = "W3C trace context; absent where there is no trace" },
            ["content-type"] = OneOf(AsyncApiDocument.ContentType),
        },
    };

    /// <summary>The stream, which is also the record's key.</summary>
    public static JsonObject Key() => new()
    {
        ["type"] = "string",
        ["pattern"] = Stream,
        ["description"] = "The stream: category and id of one entity, whose messages come in order",
    };

    private static JsonObject Text(string format, string description) => new() { ["type"] = "string", ["format"] = format, ["description"] = description };

    private static JsonObject OneOf(params string[] values) => new() { ["type"] = "string", ["enum"] = new JsonArray([.. values.Select(v => JsonValue.Create(v))]) };
}
