using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using NJsonSchema;

namespace EventDriven.SystemTests.Support;

/// <summary>The AsyncAPI documents of all services, by the name of each, and whether a message is what they say.</summary>
internal sealed class AsyncApiCatalogue(IReadOnlyDictionary<string, JsonNode> documents)
{
    private const string ContentType = "application/vnd.aai.asyncapi+json";
    private readonly Dictionary<string, JsonSchema> _schemas = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, JsonNode> Documents => documents;

    /// <summary>The documents of the services that serve one.</summary>
    public static async Task<AsyncApiCatalogue> Of(RunningSystem system, CancellationToken ct)
    {
        var documents = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var service in RunningSystem.Services.Split(','))
        {
            using var client = system.Client(service);
            using var response = await client.GetAsync("/asyncapi/v3.json", ct);
            if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == ContentType)
                documents.Add(service, JsonNode.Parse(await response.Content.ReadAsStringAsync(ct))!);
        }
        return new(documents);
    }

    /// <summary>The names that some service sends or receives.</summary>
    public HashSet<string> Names(string action) => [.. documents.Values.SelectMany(d => Messages(d, action)).Select(m => m.Name)];

    /// <summary>Where a message is not what the documents say; empty when it is.</summary>
    public async Task<IReadOnlyList<string>> Problems(string topic, Message<string, byte[]> message)
    {
        var headers = message.Headers.ToDictionary(h => h.Key, h => Encoding.UTF8.GetString(h.GetValueBytes()), StringComparer.Ordinal);
        var (name, sender) = (headers.GetValueOrDefault("ce_type", "(no type)"), headers.GetValueOrDefault("ce_source", "").TrimStart('/'));
        List<string> problems = [];
        if (!documents.TryGetValue(sender, out var sending) || !Messages(sending, "send").Contains((topic, name)))
            problems.Add($"'{sender}' does not say that it sends {name} to {topic}");
        foreach (var (service, document) in documents)
        {
            if (document["components"]!["messages"]![name] is not { } declared)
                continue;
            foreach (var undeclared in headers.Keys.Where(h => declared["headers"]!["properties"]![h] is null))
                problems.Add($"{service}, {name}: header {undeclared} is not declared");
            if (declared["contentType"]!.GetValue<string>() != headers.GetValueOrDefault("content-type"))
                problems.Add($"{service}, {name}: content type");
            problems.AddRange(await Violations($"{service}, {name}, headers", declared["headers"]!, new JsonObject(headers.Select(h => KeyValuePair.Create<string, JsonNode?>(h.Key, h.Value))).ToJsonString()));
            problems.AddRange(await Violations($"{service}, {name}, key", declared["bindings"]!["kafka"]!["key"]!, JsonValue.Create(message.Key)!.ToJsonString()));
            problems.AddRange(await Violations($"{service}, {name}, payload", declared["payload"]!, Encoding.UTF8.GetString(message.Value)));
        }
        return problems;
    }

    private static IEnumerable<(string Topic, string Name)> Messages(JsonNode document, string action) =>
        from operation in document["operations"]!.AsObject()
        where operation.Value!["action"]!.GetValue<string>() == action
        let channel = document["channels"]![Last(operation.Value["channel"]!)]!
        from message in operation.Value["messages"]!.AsArray()
        let component = Last(channel["messages"]![Last(message!)]!)
        select (channel["address"]!.GetValue<string>(), document["components"]!["messages"]![component]!["name"]!.GetValue<string>());

    private static string Last(JsonNode reference) => reference["$ref"]!.GetValue<string>().Split('/')[^1];

    private async Task<IEnumerable<string>> Violations(string what, JsonNode schema, string json)
    {
        if (!_schemas.TryGetValue(what, out var read))
            _schemas[what] = read = await JsonSchema.FromJsonAsync(schema.ToJsonString());
        return read.Validate(json).Select(violation => $"{what}: {violation}");
    }
}
